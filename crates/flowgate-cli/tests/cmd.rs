//! Runs the case files in `tests/cmd`: each holds commands, what they print,
//! and how they exit.

#[test]
fn case_files_hold() {
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .case("tests/cmd/*.trycmd");
}
