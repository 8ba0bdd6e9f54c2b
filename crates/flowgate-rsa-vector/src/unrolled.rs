//! Loops that are written out by the compiler's front end, so that accumulators
//! are registers from the start: its optimiser would first make copies in memory
//! out of shifting an array.

/// Repeats a block for each number below 5, 9, 10 or 20, a constant of the given
/// name.
macro_rules! unrolled {
    ($name:ident < 5, $body:block) => {
        unrolled!(@ $name, $body, 0 1 2 3 4)
    };
    ($name:ident < 9, $body:block) => {
        unrolled!(@ $name, $body, 0 1 2 3 4 5 6 7 8)
    };
    ($name:ident < 10, $body:block) => {
        unrolled!(@ $name, $body, 0 1 2 3 4 5 6 7 8 9)
    };
    ($name:ident < 20, $body:block) => {
        unrolled!(@ $name, $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19)
    };
    (@ $name:ident, $body:block, $($number:literal)*) => {
        $({
            const $name: usize = $number;
            $body
        })*
    };
}

pub(crate) use unrolled;
