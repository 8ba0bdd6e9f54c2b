//! `cargo xtask machine-code`: looks at what the compiler made of the kernels
//! that calculate with secrets.
//!
//! The sources have no branch and no address that depends on a secret, but the
//! compiler may put one in: it has turned selections into masked loads before. So
//! the functions below are read as machine code, and must have
//!
//! - no conditional jump but back to the beginning of a loop, and no more of these
//!   than the source has loops of a fixed count;
//! - nothing that brings a vector into a general register or a flag, so that no
//!   jump and no address can depend on one;
//! - no mask registers, gathers or scatters.

use std::collections::BTreeMap;

use crate::install::{Needed, install_programs};
use crate::run::{Failed, cargo, program, run as run_shown, target};

const NEEDED: [Needed; 1] = [Needed {
    programs: &["objdump"],
    package: "binutils",
}];

/// A function that calculates with secrets, and the loops that it has.
struct Kernel {
    name: &'static str,
    loops: usize,
}

/// Kernels of each width of vector. Loops are the most that these sources have,
/// with the functions that they contain.
const KERNELS: [Kernel; 8] = [
    // Twenty rows.
    Kernel {
        name: "arithmetic::add_product",
        loops: 1,
    },
    // Twenty rows.
    Kernel {
        name: "arithmetic::reduce",
        loops: 1,
    },
    // Limbs: differences, carries, selections.
    Kernel {
        name: "arithmetic::subtract_if_not_less",
        loops: 3,
    },
    Kernel {
        name: "karatsuba::square",
        loops: 0,
    },
    // Ten rows of each of three products.
    Kernel {
        name: "karatsuba::multiply",
        loops: 3,
    },
    Kernel {
        name: "karatsuba::add_folded",
        loops: 0,
    },
    Kernel {
        name: "karatsuba::finish",
        loops: 0,
    },
    // Table entries and their parts; windows, their masks and their squares.
    Kernel {
        name: "power::raised",
        loops: 5,
    },
];

/// A function that must not pass, since it branches on public numbers: shows that
/// the check finds something.
const BRANCHES: &str = "flowgate_rsa_vector::key::VectorKey::decrypted";

const CRATE: &str = "flowgate-rsa-vector";

/// Builds the kernels as a release and reads them.
pub(crate) fn run() -> Result<(), Failed> {
    if !cfg!(target_arch = "x86_64") {
        println!("skipped: there are no kernels for this processor");
        return Ok(());
    }
    install_programs(&NEEDED)?;
    run_shown(&mut cargo([
        "build",
        "--release",
        "--locked",
        "--package",
        CRATE,
    ]))?;
    let library = target().join("release").join("libflowgate_rsa_vector.rlib");
    let arguments = [
        "--disassemble",
        "--demangle",
        "--no-show-raw-insn",
        "--wide",
    ];
    let output = program("objdump", arguments)
        .arg(&library)
        .output()
        .map_err(|error| Failed::new(format!("objdump cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(Failed::new(format!("objdump failed: {}", output.status)));
    }
    let functions = functions(&String::from_utf8_lossy(&output.stdout));
    let mut faults = Vec::new();
    for width in ["zmm", "ymm"] {
        for kernel in &KERNELS {
            let name = format!("flowgate_rsa_vector::{width}::{}", kernel.name);
            let Some(instructions) = functions.get(&name) else {
                return Err(Failed::new(format!("there is no function `{name}`")));
            };
            let found = examine(instructions, kernel.loops);
            println!(
                "{name}: {} instructions, {} multiplications, {} faults",
                instructions.len(),
                instructions.iter().filter(|one| one.is("vpmadd52")).count(),
                found.len()
            );
            faults.extend(found.iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    match functions.get(BRANCHES) {
        Some(instructions) if !examine(instructions, 0).is_empty() => {}
        _ => faults.push(format!("{BRANCHES}: nothing found, though it branches")),
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(Failed::new(faults.join("\n")))
}

/// One instruction: where it is, its name and operands.
#[derive(Debug)]
struct Instruction {
    address: u64,
    text: String,
}

impl Instruction {
    /// Tells whether the name begins so.
    fn is(&self, name: &str) -> bool {
        self.text.starts_with(name)
    }

    /// Reads the address that a jump goes to.
    fn jumps_to(&self) -> Option<u64> {
        let operand = self.text.split_ascii_whitespace().nth(1)?;
        u64::from_str_radix(operand, 16).ok()
    }
}

/// Reads the functions of a disassembly by their names.
fn functions(disassembly: &str) -> BTreeMap<String, Vec<Instruction>> {
    let mut functions = BTreeMap::new();
    let mut name = String::new();
    for line in disassembly.lines() {
        // `0000000000000000 <path::of::function>:`
        if let Some((_, rest)) = line.split_once(" <")
            && let Some(symbol) = rest.strip_suffix(">:")
        {
            name = without_hash(symbol).to_owned();
            functions.insert(name.clone(), Vec::new());
        } else if let Some((address, text)) = line.split_once(":\t")
            && let Ok(address) = u64::from_str_radix(address.trim(), 16)
            && let Some(instructions) = functions.get_mut(&name)
        {
            instructions.push(Instruction {
                address,
                text: text.trim().to_owned(),
            });
        }
    }
    functions
}

/// Cuts off the hash that the compiler puts behind a path.
fn without_hash(symbol: &str) -> &str {
    match symbol.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 => path,
        _ => symbol,
    }
}

/// Says what a kernel must not contain.
fn examine(instructions: &[Instruction], loops: usize) -> Vec<String> {
    let mut faults = Vec::new();
    let mut found = 0;
    for instruction in instructions {
        let Instruction { address, text } = instruction;
        let mut fault = |what: &str| faults.push(format!("{what} at {address:x}: {text}"));
        if instruction.is("j") && !instruction.is("jmp") || instruction.is("loop") {
            match instruction.jumps_to() {
                Some(to) if to < *address => {
                    found += 1;
                    if found > loops {
                        fault("more loops than in the source");
                    }
                }
                _ => fault("a conditional jump that is no loop"),
            }
        } else if instruction.is("jmp") && text.contains('*') {
            fault("a jump to a calculated address");
        } else if text.contains("%k") || instruction.is("k") {
            fault("a mask register");
        } else if ["vpgather", "vgather", "vpscatter", "vscatter"]
            .iter()
            .any(|name| instruction.is(name))
        {
            fault("addresses out of a vector");
        } else if leaves_vectors(text) {
            fault("a vector in a general register or a flag");
        }
    }
    faults
}

/// Tells whether an instruction brings something of a vector into a general
/// register or into the flags.
fn leaves_vectors(text: &str) -> bool {
    const INTO_FLAGS: [&str; 6] = ["vptest ", "vtestp", "ptest ", "vucomis", "vcomis", "ucomis"];
    const MASKS: [&str; 2] = ["vpmovmskb", "vmovmskp"];
    if INTO_FLAGS
        .iter()
        .chain(&MASKS)
        .any(|name| text.starts_with(name))
    {
        return true;
    }
    let Some((name, operands)) = text.split_once(' ') else {
        return false;
    };
    // In this notation the target comes last. Only moves and extractions have a
    // vector as source and something else as target.
    let target = operands.rsplit(',').next().unwrap_or_default().trim();
    let is_vector = |operand: &str| ["%xmm", "%ymm", "%zmm"].iter().any(|v| operand.contains(v));
    let moves = ["vmovd", "vmovq", "vpextr", "vcvt", "movd", "movq", "pextr"];
    moves.iter().any(|one| name.starts_with(one))
        && !name.starts_with("vmovdq")
        && is_vector(operands)
        && target.starts_with('%')
        && !is_vector(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOP: &str = "
0000000000000000 <flowgate_rsa_vector::zmm::arithmetic::reduce::h0123456789abcdef>:
   0:\tpush   %rbp
   1:\tvmovdqa64 (%rdi),%zmm0
   7:\tvpmadd52luq 0x40(%rsi,%rax,1),%zmm1,%zmm0
   f:\tadd    $0x40,%rax
  13:\tcmp    $0x500,%rax
  19:\tjne    7 <flowgate_rsa_vector::zmm::arithmetic::reduce::h0123456789abcdef+0x7>
  1b:\tvzeroupper
  1e:\tret
";

    #[track_caller]
    fn check(planted: &str, fault: Option<&str>) {
        let text = format!("{LOOP}  1f:\t{planted}\n");
        let functions = functions(&text);
        let found = examine(
            &functions["flowgate_rsa_vector::zmm::arithmetic::reduce"],
            1,
        );
        match fault {
            None => assert!(found.is_empty(), "{found:?}"),
            Some(fault) => {
                assert_eq!(found.len(), 1, "{found:?}");
                assert!(found[0].starts_with(fault), "{found:?}");
            }
        }
    }

    #[test]
    fn loops_moves_and_calls_pass() {
        for sound in [
            "vmovdqa64 %zmm1,0x40(%rsp)",
            "vmovq  %rax,%xmm1",
            "vpternlogq $0xf8,(%rcx,%r11,1),%zmm27,%zmm13",
            "call   4f0 <flowgate_rsa_vector::zmm::karatsuba::add_folded>",
            "mov    0x38(%rsp),%rdi",
            "jmp    50 <somewhere>",
        ] {
            check(sound, None);
        }
    }

    #[test]
    fn whatever_could_depend_on_a_secret_is_found() {
        for (planted, fault) in [
            (
                "je     5f <somewhere>",
                "a conditional jump that is no loop",
            ),
            ("jne    7 <somewhere>", "more loops"),
            ("jmp    *%rax", "a jump to a calculated address"),
            ("vmovdqa64 (%rdi),%zmm0{%k1}{z}", "a mask register"),
            ("vpcmpeqq %zmm0,%zmm1,%k1", "a mask register"),
            ("kortestb %k0,%k0", "a mask register"),
            (
                "vpgatherqq (%rdi,%zmm0,8),%zmm1",
                "addresses out of a vector",
            ),
            ("vptest %ymm0,%ymm0", "a vector in a general register"),
            ("vmovq  %xmm0,%rax", "a vector in a general register"),
            ("vpextrq $0x1,%xmm0,%rcx", "a vector in a general register"),
            ("vpmovmskb %ymm0,%eax", "a vector in a general register"),
        ] {
            check(planted, Some(fault));
        }
    }
}
