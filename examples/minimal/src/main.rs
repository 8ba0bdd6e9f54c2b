//! The smallest useful endpoint: a Flow of one screen that asks for a name.
//!
//! `cargo run -p minimal` starts it on loopback with a development key and
//! prints a line to try next; `flow.json` beside this crate is its Flow.
//!
//! A short cut: it takes every flow token. A real endpoint knows which messages
//! it has sent, and answers others with 427; see `SignedFlowTokens`.

use flowgate::prelude::*;

#[actix_web::main]
async fn main() -> Result<(), StartError> {
    let router = Router::new(())
        // The user opens the Flow: show its first screen.
        .on_init(|_, _| async { Ok(FlowResponse::screen("NAME")) })
        // The user submits it: keep him there with a text, or end the Flow.
        .on_data_exchange("NAME", |_, request| async move {
            match request.text("name").map(str::trim) {
                None | Some("") => Ok(FlowResponse::stay("Please tell us your name.")),
                Some(name) => {
                    Ok(FlowResponse::complete().with("greeting", format!("Hello {name}")))
                }
            }
        });
    Server::from_args()?.run(router).await
}
