//! Draws the routing model as an SVG picture.

use super::layers::{Layers, arrange};
use crate::model::{FlowJson, Screen};

const BOX_WIDTH: f64 = 190.0;
const BOX_HEIGHT: f64 = 58.0;
const BEND_WIDTH: f64 = 28.0;
const GAP: f64 = 34.0;
const ROW_HEIGHT: f64 = 122.0;
const MARGIN: f64 = 28.0;
const LEGEND_HEIGHT: f64 = 40.0;

/// Writes the routing model as an SVG picture of its own: routes lead
/// downwards, entry screens are green, terminal screens have a double frame,
/// ↺ marks screens that ask the endpoint when the user goes back.
pub fn svg(flow: &FlowJson) -> String {
    let layers = arrange(flow.screens().count(), flow.routing());
    let centers = centers(&layers);
    let width = centers
        .iter()
        .map(|(x, _)| x + BOX_WIDTH / 2.0)
        .fold(LEGEND_WIDTH, f64::max)
        + MARGIN;
    let height = MARGIN * 2.0 + layers.rows.len().max(1) as f64 * ROW_HEIGHT
        - (ROW_HEIGHT - BOX_HEIGHT)
        + LEGEND_HEIGHT;
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"system-ui, sans-serif\">\n\
         <title>Routing model</title>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 10 5 0 10z\" fill=\"#54656f\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for way in &layers.ways {
        picture.push_str(&arrow(way, &centers, &layers));
    }
    let entries: Vec<usize> = flow.routing().entry_screens().collect();
    for screen in flow.screens() {
        let (x, y) = centers[screen.index()];
        picture.push_str(&draw_screen(
            screen,
            x,
            y,
            entries.contains(&screen.index()),
        ));
    }
    picture.push_str(&legend(height));
    picture.push_str("</svg>\n");
    picture
}

/// Places every point: rows are centred, and points move towards the middle
/// of their neighbours as far as the others leave room.
fn centers(layers: &Layers) -> Vec<(f64, f64)> {
    let half = |point: usize| {
        if layers.points[point].screen.is_some() {
            BOX_WIDTH / 2.0
        } else {
            BEND_WIDTH / 2.0
        }
    };
    let mut x = vec![0.0; layers.points.len()];
    for row in &layers.rows {
        let mut at = 0.0;
        for point in row {
            at += half(*point);
            x[*point] = at;
            at += half(*point) + GAP;
        }
        let shift = (at - GAP) / 2.0;
        for point in row {
            x[*point] -= shift;
        }
    }
    let mut neighbours = vec![Vec::new(); layers.points.len()];
    for way in &layers.ways {
        for pair in way.windows(2) {
            neighbours[pair[0]].push(pair[1]);
            neighbours[pair[1]].push(pair[0]);
        }
    }
    for round in 0..RELAXATIONS {
        let rows: Vec<&Vec<usize>> = if round % 2 == 0 {
            layers.rows.iter().collect()
        } else {
            layers.rows.iter().rev().collect()
        };
        for row in rows {
            let wanted: Vec<f64> = row
                .iter()
                .map(|point| {
                    let near = &neighbours[*point];
                    if near.is_empty() {
                        return x[*point];
                    }
                    near.iter().map(|other| x[*other]).sum::<f64>() / near.len() as f64
                })
                .collect();
            let mut placed = wanted.clone();
            for index in 1..row.len() {
                let least = placed[index - 1] + half(row[index - 1]) + GAP + half(row[index]);
                placed[index] = placed[index].max(least);
            }
            // Pushing to the right alone would make the picture drift.
            let drift = placed.iter().zip(&wanted).map(|(a, b)| a - b).sum::<f64>()
                / row.len().max(1) as f64;
            for (point, place) in row.iter().zip(placed) {
                x[*point] = place - drift;
            }
        }
    }
    let left = (0..x.len())
        .map(|point| x[point] - half(point))
        .fold(f64::MAX, f64::min);
    let right = (0..x.len())
        .map(|point| x[point] + half(point))
        .fold(f64::MIN, f64::max);
    // A narrow picture stands in the middle above its legend.
    let left = left - ((LEGEND_WIDTH - (right - left)) / 2.0).max(0.0);
    layers
        .points
        .iter()
        .enumerate()
        .map(|(index, point)| {
            (
                x[index] - left + MARGIN,
                MARGIN + BOX_HEIGHT / 2.0 + point.row as f64 * ROW_HEIGHT,
            )
        })
        .collect()
}

const RELAXATIONS: usize = 12;

fn arrow(way: &[usize], centers: &[(f64, f64)], layers: &Layers) -> String {
    let (Some(first), Some(last)) = (way.first(), way.last()) else {
        return String::new();
    };
    let downwards = layers.points[*first].row <= layers.points[*last].row;
    let side = if downwards { 1.0 } else { -1.0 };
    let points: Vec<(f64, f64)> = way
        .iter()
        .enumerate()
        .map(|(index, point)| {
            let (x, y) = centers[*point];
            if index == 0 {
                (x, y + side * BOX_HEIGHT / 2.0)
            } else if index + 1 == way.len() {
                (x, y - side * BOX_HEIGHT / 2.0)
            } else {
                (x, y)
            }
        })
        .collect();
    let mut path = format!("M{:.1} {:.1}", points[0].0, points[0].1);
    for pair in points.windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let middle = (y1 + y2) / 2.0;
        path.push_str(&format!(
            " C{x1:.1} {middle:.1} {x2:.1} {middle:.1} {x2:.1} {y2:.1}"
        ));
    }
    format!(
        "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\" marker-end=\"url(#arrow)\"/>\n",
        if downwards { "#54656f" } else { "#c0392b" }
    )
}

fn draw_screen(screen: Screen<'_>, x: f64, y: f64, entry: bool) -> String {
    let (left, top) = (x - BOX_WIDTH / 2.0, y - BOX_HEIGHT / 2.0);
    let (fill, stroke) = if entry {
        ("#d9fdd3", "#008069")
    } else {
        ("#f0f2f5", "#54656f")
    };
    let mut drawn = format!(
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"10\" \
         fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.6\"/>\n"
    );
    if screen.is_terminal() {
        drawn.push_str(&format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{}\" height=\"{}\" rx=\"7\" fill=\"none\" stroke=\"{stroke}\"/>\n",
            left + 4.0,
            top + 4.0,
            BOX_WIDTH - 8.0,
            BOX_HEIGHT - 8.0
        ));
    }
    let back = if screen.refreshes_on_back() {
        " ↺"
    } else {
        ""
    };
    let title = screen.title().unwrap_or_default();
    let id_line = if title.is_empty() { y + 5.0 } else { y - 4.0 };
    drawn.push_str(&format!(
        "<text x=\"{x:.1}\" y=\"{id_line:.1}\" text-anchor=\"middle\" font-size=\"13\" font-weight=\"600\" \
         fill=\"#111b21\">{}{back}</text>\n",
        escape(&shortened(screen.name(), 21))
    ));
    if !title.is_empty() {
        drawn.push_str(&format!(
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"12\" fill=\"#54656f\">{}</text>\n",
            y + 15.0,
            escape(&shortened(title, 27))
        ));
    }
    drawn
}

const LEGEND_WIDTH: f64 = 560.0;

fn legend(height: f64) -> String {
    format!(
        "<text x=\"{MARGIN}\" y=\"{:.1}\" font-size=\"12\" fill=\"#54656f\">green: the Flow begins here · \
         double frame: it can end here · ↺ asks the endpoint on back</text>\n",
        height - 18.0
    )
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {
                escaped.push(' ');
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shows_every_screen_once_and_escapes_its_text() {
        let flow = FlowJson::parse(
            br#"{"version": "7.3", "data_api_version": "4.0", "routing_model": {"A": ["B", "C"], "B": ["C"]},
            "screens": [{"id": "A", "title": "<script>"}, {"id": "B"}, {"id": "C", "terminal": true}]}"#,
        );
        let picture = svg(&flow);
        assert_eq!(picture.matches("marker-end").count(), 3);
        assert_eq!(picture.matches("rx=\"10\"").count(), 3);
        assert_eq!(picture.matches("rx=\"7\"").count(), 1);
        assert!(!picture.contains("<script>"));
    }

    #[test]
    fn an_empty_document_has_a_picture_too() {
        assert!(svg(&FlowJson::parse(b"")).ends_with("</svg>\n"));
    }
}
