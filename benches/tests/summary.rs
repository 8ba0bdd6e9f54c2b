//! The summary runs to its end and measures every part.

use std::process::Command;

#[test]
fn the_quick_summary_shows_every_part() {
    let output = Command::new(env!("CARGO_BIN_EXE_summary"))
        .arg("--quick")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problems}");
    for part in [
        "RSA-OAEP unwrap",
        "Steps without RSA",
        "Whole exchange without HTTP",
        "GraphQL",
        "Running server",
        "aws-lc",
        "rsa",
        "1 MiB",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
}
