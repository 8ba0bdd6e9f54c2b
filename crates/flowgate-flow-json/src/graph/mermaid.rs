//! Draws the routing model as a [Mermaid](https://mermaid.js.org) flowchart.

use crate::model::FlowJson;

/// Writes the routing model as a Mermaid flowchart: entry screens rounded,
/// terminal screens with a double frame.
pub fn mermaid(flow: &FlowJson) -> String {
    let mut text = String::from("flowchart TD\n");
    let entries: Vec<usize> = flow.routing().entry_screens().collect();
    for screen in flow.screens() {
        let mut label = escape(screen.name());
        if let Some(title) = screen.title() {
            label.push_str("<br/>");
            label.push_str(&escape(title));
        }
        if screen.refreshes_on_back() {
            label.push_str(" ↺");
        }
        let (open, close) = if screen.is_terminal() {
            ("[[", "]]")
        } else if entries.contains(&screen.index()) {
            ("([", "])")
        } else {
            ("[", "]")
        };
        text.push_str(&format!(
            "    s{}{open}\"{label}\"{close}\n",
            screen.index()
        ));
    }
    for route in flow.routing().routes() {
        text.push_str(&format!("    s{} --> s{}\n", route.from, route.to));
    }
    text
}

/// Writes text so that Mermaid neither reads it as syntax nor as markup.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '"' | '<' | '>' | '&' | '#' | '`' | '[' | ']' | '{' | '}' | '(' | ')' | ';' | '\\' => {
                escaped.push_str(&format!("#{};", character as u32));
            }
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_and_routes_are_drawn() {
        let flow = FlowJson::parse(
            br#"{"version": "7.3", "data_api_version": "4.0", "routing_model": {"A": ["B"]}, "screens": [
            {"id": "A", "title": "Say \"hi\""}, {"id": "B", "terminal": true, "refresh_on_back": true}]}"#,
        );
        assert_eq!(
            mermaid(&flow),
            "flowchart TD\n    s0([\"A<br/>Say #34;hi#34;\"])\n    s1[[\"B ↺\"]]\n    s0 --> s1\n"
        );
    }
}
