//! Sends each event of a Flow to its handler.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{Action, Answer, Endpoint, EndpointError, ErrorNotification, FlowRequest, ScreenId};

/// Answers each event with the handler that is bound to it.
///
/// Handlers are functions of the shared state and the request:
///
/// ```
/// use flowgate_protocol::{Answer, FlowRequest, FlowResponse, Router};
/// use std::sync::Arc;
///
/// struct Shop { name: String }
///
/// async fn welcome(shop: Arc<Shop>, _request: FlowRequest) -> Answer {
///     Ok(FlowResponse::screen("WELCOME").with("shop", shop.name.as_str()))
/// }
///
/// async fn order(_shop: Arc<Shop>, request: FlowRequest) -> Answer {
///     match request.text("dish") {
///         Some("") | None => Ok(FlowResponse::stay("please choose a dish")),
///         Some(dish) => Ok(FlowResponse::complete().with("dish", dish)),
///     }
/// }
///
/// let router = Router::new(Shop { name: "Chez Zoë".to_owned() })
///     .on_init(welcome)
///     .on_data_exchange("WELCOME", order);
/// ```
#[must_use = "a router answers when it is given to a server"]
pub struct Router<S> {
    state: Arc<S>,
    handlers: HashMap<(Action, Option<ScreenId>), Handler<S>>,
    notified: Option<NotificationHandler<S>>,
    screens: Vec<ScreenId>,
}

type Handler<S> = Box<dyn Fn(Arc<S>, FlowRequest) -> BoxFuture<'static, Answer> + Send + Sync>;
type NotificationHandler<S> =
    Box<dyn Fn(Arc<S>, ErrorNotification) -> BoxFuture<'static, ()> + Send + Sync>;

impl<S: Send + Sync + 'static> Router<S> {
    /// Starts a router over the state that its handlers share.
    pub fn new(state: S) -> Self {
        Self {
            state: Arc::new(state),
            handlers: HashMap::new(),
            notified: None,
            screens: Vec::new(),
        }
    }

    /// Binds the opening of the Flow.
    ///
    /// # Panics
    ///
    /// If it is bound already.
    #[track_caller]
    pub fn on_init<F, R>(self, handler: F) -> Self
    where
        F: Fn(Arc<S>, FlowRequest) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        self.bind(Action::Init, None, handler)
    }

    /// Binds what a screen sends.
    ///
    /// # Panics
    ///
    /// If it is bound already.
    #[track_caller]
    pub fn on_data_exchange<F, R>(self, screen: impl Into<ScreenId>, handler: F) -> Self
    where
        F: Fn(Arc<S>, FlowRequest) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        self.bind(Action::DataExchange, Some(screen.into()), handler)
    }

    /// Binds going back from a screen that has `refresh_on_back`.
    ///
    /// # Panics
    ///
    /// If it is bound already.
    #[track_caller]
    pub fn on_back<F, R>(self, screen: impl Into<ScreenId>, handler: F) -> Self
    where
        F: Fn(Arc<S>, FlowRequest) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        self.bind(Action::Back, Some(screen.into()), handler)
    }

    /// Hears of replies that phones could not use.
    pub fn on_error_notification<F, R>(mut self, handler: F) -> Self
    where
        F: Fn(Arc<S>, ErrorNotification) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        self.notified = Some(Box::new(move |state, notification| {
            Box::pin(handler(state, notification))
        }));
        self
    }

    #[track_caller]
    fn bind<F, R>(mut self, action: Action, screen: Option<ScreenId>, handler: F) -> Self
    where
        F: Fn(Arc<S>, FlowRequest) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        if let Some(screen) = &screen
            && !self.screens.contains(screen)
        {
            self.screens.push(screen.clone());
        }
        let event = (action, screen);
        assert!(
            !self.handlers.contains_key(&event),
            "{} of {:?} is bound twice",
            event.0,
            event.1.as_ref().map(ScreenId::as_str),
        );
        self.handlers.insert(
            event,
            Box::new(move |state, request| Box::pin(handler(state, request))),
        );
        self
    }
}

impl<S: Send + Sync + 'static> Endpoint for Router<S> {
    async fn answer(&self, request: FlowRequest) -> Answer {
        // INIT may name a screen; the Flow is opened all the same.
        let screen = match request.action {
            Action::Init => None,
            _ => request.screen.clone(),
        };
        let event = (request.action, screen);
        match self.handlers.get(&event) {
            Some(handler) => handler(Arc::clone(&self.state), request).await,
            None => Err(EndpointError::NoHandler {
                action: event.0,
                screen: event.1,
            }),
        }
    }

    async fn error_notified(&self, notification: ErrorNotification) {
        if let Some(handler) = &self.notified {
            handler(Arc::clone(&self.state), notification).await;
        }
    }

    fn screens(&self) -> &[ScreenId] {
        &self.screens
    }
}

impl<S> fmt::Debug for Router<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("screens", &self.screens)
            .field("handlers", &self.handlers.len())
            .finish()
    }
}
