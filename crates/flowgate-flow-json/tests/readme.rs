//! Holds the README to what the program really says.

use flowgate_flow_json::render::{self, CheckedFile, Color};

const README: &str = include_str!("../README.md");

#[track_caller]
fn check(path: &str, text: &str, code: &str) {
    let shown = render::text(&[CheckedFile::check(path, text.as_bytes())], Color::Never);
    let message = shown
        .split("\n\n")
        .find(|message| message.starts_with(&format!("error[{code}]")))
        .unwrap_or_else(|| panic!("{shown}"));
    assert!(README.contains(message), "the README lacks\n{message}");
}

#[test]
fn the_messages_of_the_readme_are_real() {
    check(
        "book.json",
        include_str!("readme/book.json"),
        "references-resolve",
    );
    check(
        "pets.json",
        include_str!("readme/pets.json"),
        "expression-syntax",
    );
    check(
        "shop.json",
        include_str!("readme/shop.json"),
        "routing-forward-only",
    );
}
