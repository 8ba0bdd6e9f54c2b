//! The result as a picture: bars of requests each second on one core.

use std::fmt::Write;

use super::measurement::Measurement;

const WIDTH: f64 = 720.0;
const MARGIN: f64 = 24.0;
/// Where bars begin; names stand to the left of it.
const BARS_AT: f64 = 150.0;
/// Numbers stand to the right of the longest bar.
const NUMBERS: f64 = 150.0;
const HEAD: f64 = 76.0;
const BAR: f64 = 22.0;
const GAP: f64 = 8.0;
/// Between two backends.
const GROUP_GAP: f64 = 12.0;
/// One for each backend, distinguishable for the colour-blind and on both
/// light and dark ground.
const COLOURS: [&str; 4] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7"];

/// Draws the chart as an SVG document.
pub(super) fn draw(measurement: &Measurement) -> String {
    let cases = &measurement.single_core;
    let most = cases
        .iter()
        .map(|case| case.calls.per_second())
        .fold(1.0, f64::max);
    let scale = (WIDTH - BARS_AT - NUMBERS) / most;
    let mut bars = String::new();
    let mut at = HEAD;
    let mut group = 0;
    for (index, case) in cases.iter().enumerate() {
        if index > 0 && case.backend != cases[index - 1].backend {
            group += 1;
            at += GROUP_GAP;
        }
        let rate = case.calls.per_second();
        let bar = Bar {
            at,
            width: rate * scale,
            colour: COLOURS[group % COLOURS.len()],
            name: format!("{}, {} together", case.backend, case.batch),
            number: format!("{rate:.0}  ({:.2} ×)", case.ratio),
        };
        bar.draw(&mut bars);
        at += BAR + GAP;
    }
    let height = at + MARGIN;
    let machine = escape(&format!(
        "{}, one core; flowgate {}",
        measurement.processor.name,
        env!("CARGO_PKG_VERSION")
    ));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>Decryption throughput</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{MARGIN}\" y=\"30\" font-size=\"17\" font-weight=\"bold\">RSA-OAEP unwraps each \
         second</text>\n\
         <text x=\"{MARGIN}\" y=\"52\" fill=\"#555555\">{machine}</text>\n\
         {bars}</svg>\n"
    )
}

struct Bar {
    at: f64,
    width: f64,
    colour: &'static str,
    name: String,
    number: String,
}

impl Bar {
    fn draw(&self, svg: &mut String) {
        let Self {
            at, width, colour, ..
        } = self;
        let base = at + BAR * 0.7;
        let end = BARS_AT + width + 8.0;
        let name = escape(&self.name);
        let number = escape(&self.number);
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{base:.1}\">{name}</text>\
             <rect x=\"{BARS_AT}\" y=\"{at:.1}\" width=\"{width:.1}\" height=\"{BAR}\" \
             fill=\"{colour}\"/>\
             <text x=\"{end:.1}\" y=\"{base:.1}\">{number}</text>"
        );
    }
}

/// Writes a text as XML content.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
