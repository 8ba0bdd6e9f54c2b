//! Arranges screens in rows so that routes lead downwards and cross little.
//!
//! The usual layered drawing: rows by the longest way from an entry screen,
//! long routes cut into steps from row to row, and the order inside a row by
//! the middle of the neighbours.

use crate::model::RoutingModel;

/// A point that routes pass through: a screen, or a bend of a long route.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) screen: Option<usize>,
    pub(super) row: usize,
    /// The place in the row, from the left.
    pub(super) place: usize,
}

#[derive(Debug)]
pub(super) struct Layers {
    pub(super) points: Vec<Point>,
    /// The points of each row, from the left.
    pub(super) rows: Vec<Vec<usize>>,
    /// Each route as the points it passes, and whether it leads downwards.
    pub(super) ways: Vec<Vec<usize>>,
}

/// Long routes are bent around boxes only in pictures that anybody reads.
const MAX_POINTS: usize = 2_000;

pub(super) fn arrange(screens: usize, routing: &RoutingModel) -> Layers {
    let row_of = rows(screens, routing);
    let mut points: Vec<Point> = (0..screens)
        .map(|screen| Point {
            screen: Some(screen),
            row: row_of[screen],
            place: 0,
        })
        .collect();
    let mut ways = Vec::new();
    for route in routing.routes() {
        if route.from == route.to {
            continue;
        }
        let (top, bottom) = (row_of[route.from], row_of[route.to]);
        let mut way = vec![route.from];
        let between: Vec<usize> = if top < bottom {
            (top + 1..bottom).collect()
        } else {
            (bottom + 1..top).rev().collect()
        };
        for row in between {
            if points.len() >= MAX_POINTS.max(screens) {
                break;
            }
            way.push(points.len());
            points.push(Point {
                screen: None,
                row,
                place: 0,
            });
        }
        way.push(route.to);
        ways.push(way);
    }
    let count = points.iter().map(|point| point.row + 1).max().unwrap_or(0);
    let mut rows = vec![Vec::new(); count];
    for (index, point) in points.iter().enumerate() {
        rows[point.row].push(index);
    }
    let mut layers = Layers { points, rows, ways };
    layers.number();
    let neighbours = layers.neighbours();
    for sweep in 0..SWEEPS {
        layers.sweep(&neighbours, sweep % 2 == 0);
    }
    layers
}

const SWEEPS: usize = 8;

impl Layers {
    fn number(&mut self) {
        for row in &self.rows {
            for (place, point) in row.iter().enumerate() {
                self.points[*point].place = place;
            }
        }
    }

    fn neighbours(&self) -> Vec<Vec<usize>> {
        let mut neighbours = vec![Vec::new(); self.points.len()];
        for way in &self.ways {
            for pair in way.windows(2) {
                neighbours[pair[0]].push(pair[1]);
                neighbours[pair[1]].push(pair[0]);
            }
        }
        neighbours
    }

    /// Sorts each row by the middle of its neighbours above or below.
    fn sweep(&mut self, neighbours: &[Vec<usize>], downwards: bool) {
        let order: Vec<usize> = if downwards {
            (0..self.rows.len()).collect()
        } else {
            (0..self.rows.len()).rev().collect()
        };
        for row in order {
            let width = |points: &[Point], rows: &[Vec<usize>], point: usize| {
                let own: &Point = &points[point];
                own.place as f64 - (rows[own.row].len() as f64 - 1.0) / 2.0
            };
            let mut keyed: Vec<(f64, usize)> = self.rows[row]
                .iter()
                .map(|point| {
                    let near: Vec<f64> = neighbours[*point]
                        .iter()
                        .filter(|other| {
                            let other = self.points[**other].row;
                            if downwards { other < row } else { other > row }
                        })
                        .map(|other| width(&self.points, &self.rows, *other))
                        .collect();
                    let middle = if near.is_empty() {
                        width(&self.points, &self.rows, *point)
                    } else {
                        near.iter().sum::<f64>() / near.len() as f64
                    };
                    (middle, *point)
                })
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            self.rows[row] = keyed.into_iter().map(|(_, point)| point).collect();
            self.number();
        }
    }
}

/// Puts each screen one row below the last of those that lead to it. Routes
/// that close a loop do not count.
fn rows(screens: usize, routing: &RoutingModel) -> Vec<usize> {
    let mut next = vec![Vec::new(); screens];
    for route in routing.routes() {
        if route.from != route.to {
            next[route.from].push(route.to);
        }
    }
    // Depth first without recursion; the reverse of leaving order is an order
    // in which every route that closes no loop leads forward.
    let mut state = vec![0_u8; screens];
    let mut order = Vec::with_capacity(screens);
    let starts: Vec<usize> = routing.entry_screens().chain(0..screens).collect();
    for start in starts {
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        let mut way = vec![(start, 0)];
        while let Some((screen, done)) = way.last_mut() {
            match next[*screen].get(*done) {
                Some(to) => {
                    *done += 1;
                    if state[*to] == 0 {
                        state[*to] = 1;
                        way.push((*to, 0));
                    }
                }
                None => {
                    order.push(*screen);
                    way.pop();
                }
            }
        }
    }
    order.reverse();
    let mut position = vec![0; screens];
    for (place, screen) in order.iter().enumerate() {
        position[*screen] = place;
    }
    let mut row = vec![0; screens];
    for screen in order {
        for to in &next[screen] {
            if position[*to] > position[screen] {
                row[*to] = row[*to].max(row[screen] + 1);
            }
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FlowJson;

    fn layers(model: &str, screens: &[&str]) -> Layers {
        let screens: Vec<_> = screens
            .iter()
            .map(|id| format!(r#"{{"id": "{id}"}}"#))
            .collect();
        let document = format!(
            r#"{{"version": "7.3", "data_api_version": "4.0", "routing_model": {model}, "screens": [{}]}}"#,
            screens.join(",")
        );
        let flow = FlowJson::parse(document.as_bytes());
        arrange(screens.len(), flow.routing())
    }

    #[test]
    fn rows_follow_the_longest_way_and_long_routes_bend() {
        let layers = layers(r#"{"A": ["B", "C"], "B": ["C"]}"#, &["A", "B", "C"]);
        let rows: Vec<_> = layers.points.iter().map(|point| point.row).collect();
        assert_eq!(rows, [0, 1, 2, 1]);
        assert_eq!(layers.ways[1], [0, 3, 2]);
    }

    #[test]
    fn loops_end() {
        let layers = layers(r#"{"A": ["B"], "B": ["A", "B"]}"#, &["A", "B"]);
        assert_eq!(layers.ways.len(), 2);
    }
}
