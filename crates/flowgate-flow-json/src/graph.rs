//! Draws the routing model.
//!
//! Implements "Routing model" of
//! [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson)
//! as a picture: screens as boxes, routes as arrows.

mod layers;
mod mermaid;
mod svg;

pub use mermaid::mermaid;
pub use svg::svg;
