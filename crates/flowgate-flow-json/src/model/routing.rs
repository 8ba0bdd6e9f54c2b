//! Knows which screen can follow which.
//!
//! Implements "Routing model" of
//! [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson).

use std::collections::{BTreeSet, HashMap};

use super::{ActionData, ScreenData, build::navigations_in_examples};
use crate::{
    facts::ActionName,
    json::{Document, Node, NodeId},
};

/// Holds the steps forward between screens.
///
/// Screens are named by their place in [`FlowJson::screens`]. Going back along
/// a route and staying on a screen are always allowed and not listed.
///
/// [`FlowJson::screens`]: crate::FlowJson::screens
#[derive(Debug)]
pub struct RoutingModel {
    routes: Vec<Route>,
    written: bool,
    screens: usize,
    incoming: Vec<bool>,
}

/// Holds one step forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// The screen before.
    pub from: usize,
    /// The screen after.
    pub to: usize,
    /// Where the step is written.
    pub node: NodeId,
}

impl RoutingModel {
    pub(super) fn read(
        document: &Document,
        screens: &[ScreenData],
        index: &HashMap<String, usize>,
        actions: &[ActionData],
    ) -> Self {
        let model = document
            .root()
            .and_then(|root| root.get("routing_model"))
            .filter(|model| model.is_object() && !model.is_empty());
        let mut routes = Vec::new();
        match model {
            Some(model) => {
                for (from, targets) in model.members() {
                    for target in targets.items() {
                        let to = target.as_str().and_then(|to| index.get(to));
                        if let (Some(from), Some(to)) = (index.get(from), to) {
                            routes.push(Route {
                                from: *from,
                                to: *to,
                                node: target.id(),
                            });
                        }
                    }
                }
            }
            None => {
                for action in actions {
                    let target = (action.name == Some(ActionName::Navigate))
                        .then(|| document.node(action.node).get("next")?.get("name"))
                        .flatten();
                    let to = target.and_then(Node::as_str).and_then(|to| index.get(to));
                    if let (Some(target), Some(to)) = (target, to) {
                        routes.push(Route {
                            from: action.screen,
                            to: *to,
                            node: target.id(),
                        });
                    }
                }
                for (from, screen) in screens.iter().enumerate() {
                    for (id, node) in navigations_in_examples(document, &screen.data) {
                        if let Some(to) = index.get(id) {
                            routes.push(Route {
                                from,
                                to: *to,
                                node,
                            });
                        }
                    }
                }
            }
        }
        let mut seen = BTreeSet::new();
        routes.retain(|route| seen.insert((route.from, route.to)));
        let mut incoming = vec![false; screens.len()];
        for route in &routes {
            if route.from != route.to {
                incoming[route.to] = true;
            }
        }
        Self {
            routes,
            written: model.is_some(),
            screens: screens.len(),
            incoming,
        }
    }

    /// Says whether the document writes the model out; if not, it follows from
    /// the `navigate` actions.
    pub fn is_written(&self) -> bool {
        self.written
    }

    /// Returns all steps forward, each once, in the order of the document.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Says whether there is a step forward from one screen to the other.
    pub fn has_route(&self, from: usize, to: usize) -> bool {
        self.next_screens(from).any(|next| next == to)
    }

    /// Iterates over the screens that follow `from`.
    pub fn next_screens(&self, from: usize) -> impl Iterator<Item = usize> {
        self.routes
            .iter()
            .filter(move |route| route.from == from)
            .map(|route| route.to)
    }

    /// Iterates over the screens that no step leads to: those with which a
    /// Flow can begin.
    pub fn entry_screens(&self) -> impl Iterator<Item = usize> {
        (0..self.screens).filter(|screen| !self.incoming[*screen])
    }

    /// Says whether WhatsApp accepts `to` as the answer to a request that was
    /// sent from `from`: the same screen, the next one, or the one before.
    pub fn allows(&self, from: usize, to: usize) -> bool {
        from == to || self.has_route(from, to) || self.has_route(to, from)
    }
}
