//! A whole exchange without HTTP: receive, answer, reply.
//!
//! The application echoes the data of the request, so that the reply is as
//! large as the request and no work of its own is measured.

use std::time::SystemTime;

use flowgate_protocol::{Answer, Channel, Endpoint, FlowRequest, FlowResponse, Received, Reply};

use crate::business::ForwardedRequest;
use crate::payload::SCREEN;

/// Answers every request with its own data.
#[derive(Debug)]
pub struct Echo;

impl Endpoint for Echo {
    async fn answer(&self, request: FlowRequest) -> Answer {
        let shown = FlowResponse::screen(SCREEN);
        Ok(request
            .data
            .into_iter()
            .fold(shown, |shown, (key, value)| shown.with(key, value)))
    }
}

/// Does what the HTTP adapter does between reading a body and writing a reply.
///
/// # Panics
///
/// If the request is refused.
pub async fn exchange(channel: &Channel, request: &ForwardedRequest) -> Reply {
    let now = SystemTime::now();
    let received = channel
        .receive(Some(&request.signature), request.body.clone(), now)
        .await;
    let Ok(Received::Request(request, reply)) = received else {
        panic!("a good request was refused: {received:?}");
    };
    let answer = |request| Echo.answer(request);
    reply.answer(channel.answer_once(*request, now, answer).await)
}

/// Runs a future on the calling thread.
///
/// # Panics
///
/// If the system refuses a runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().build().unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
