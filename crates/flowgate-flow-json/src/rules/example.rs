//! Holds the examples of the rules: fragments that are shown to people, set
//! into the smallest whole document around them when they are checked.

use std::ops::Range;

/// Holds one example of Flow JSON.
///
/// The places that the rule points at are marked with `«` and `»`.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    frame: Frame,
    version: &'static str,
    text: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Frame {
    Document,
    Screens,
    Children,
    Layout,
    Data,
}

impl Example {
    const fn new(frame: Frame, text: &'static str) -> Self {
        Self {
            frame,
            version: "7.3",
            text,
        }
    }

    /// A whole document.
    pub(crate) const fn document(text: &'static str) -> Self {
        Self::new(Frame::Document, text)
    }

    /// The screens of a Flow without endpoint.
    pub(crate) const fn screens(text: &'static str) -> Self {
        Self::new(Frame::Screens, text)
    }

    /// Components of a screen that ends with a Footer.
    pub(crate) const fn children(text: &'static str) -> Self {
        Self::new(Frame::Children, text)
    }

    /// All components of a terminal screen.
    pub(crate) const fn layout(text: &'static str) -> Self {
        Self::new(Frame::Layout, text)
    }

    /// The data that a screen declares.
    pub(crate) const fn data(text: &'static str) -> Self {
        Self::new(Frame::Data, text)
    }

    pub(crate) const fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    /// Returns the example as people see it, without marks.
    pub fn text(&self) -> String {
        self.expanded().replace(['«', '»'], "")
    }

    /// Returns a whole document around the example and the places in it that
    /// the rule points at.
    pub fn framed(&self) -> (String, Vec<Range<usize>>) {
        let (before, after) = self.frame();
        let mut document = before;
        document.push('\n');
        let mut places = Vec::new();
        let mut open = Vec::new();
        for character in self.expanded().chars() {
            match character {
                '«' => open.push(document.len()),
                '»' => {
                    let start = open.pop().unwrap_or_default();
                    places.push(start..document.len());
                }
                other => document.push(other),
            }
        }
        document.push('\n');
        document.push_str(after);
        (document, places)
    }

    /// Returns the text with the parts written out that most examples share.
    fn expanded(&self) -> String {
        self.text
            .trim_matches('\n')
            .replace("§layout", LAYOUT)
            .replace("§footer", FOOTER)
    }

    fn frame(&self) -> (String, &'static str) {
        let version = self.version;
        let head = format!(r#"{{"version": "{version}", "screens": ["#);
        let screen = r#"{"id": "START", "title": "Start", "terminal": true, "#;
        let layout = r#""layout": {"type": "SingleColumnLayout", "children": ["#;
        match self.frame {
            Frame::Document => (String::new(), ""),
            Frame::Screens => (head, "]}"),
            Frame::Children => (
                format!("{head}{screen}{layout}"),
                r#", {"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": {}}}]}}]}"#,
            ),
            Frame::Layout => (format!("{head}{screen}{layout}"), "]}}]}"),
            Frame::Data => (
                format!("{head}{screen}\"data\": {{"),
                r#"}, "layout": {"type": "SingleColumnLayout", "children": [{"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": {}}}]}}]}"#,
            ),
        }
    }
}

const LAYOUT: &str = r#""layout": {"type": "SingleColumnLayout", "children": [
    {"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": {}}}
  ]}"#;

const FOOTER: &str = r#"{"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": {}}}"#;
