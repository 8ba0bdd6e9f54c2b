//! Limits of an endpoint, shared by the middleware and the ready service.

use std::sync::Arc;
use std::time::Duration;

use flowgate_protocol::{Channel, Count, ScreenId};

use crate::Metrics;

/// Time from the first byte of a request to its reply: WhatsApp gives up after
/// 10 s, and the reply has to travel.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(8);

/// Largest body unless set otherwise. What people type is small; pictures and
/// documents come as links.
pub const DEFAULT_BODY_LIMIT_BYTES: usize = 1024 * 1024;

/// Holds what one endpoint needs besides its handlers. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) channel: Channel,
    pub(crate) deadline: Duration,
    pub(crate) body_limit_bytes: usize,
    pub(crate) metrics: Metrics,
    /// The screens that may be named in metrics and logs.
    pub(crate) screens: Arc<[ScreenId]>,
}

impl Settings {
    /// Collects the usual settings; `counts` are those of the application.
    pub(crate) fn new(
        channel: Channel,
        counts: impl Fn() -> Vec<Count> + Send + Sync + 'static,
    ) -> Self {
        Self {
            metrics: Metrics::new(channel.clone(), counts),
            channel,
            deadline: DEFAULT_DEADLINE,
            body_limit_bytes: DEFAULT_BODY_LIMIT_BYTES,
            screens: Arc::default(),
        }
    }

    /// Names a screen in metrics and logs, if the application knows it.
    pub(crate) fn screen_label(&self, screen: Option<&ScreenId>) -> String {
        match screen {
            None => String::new(),
            Some(screen) if self.screens.contains(screen) => screen.to_string(),
            Some(_) => "other".to_owned(),
        }
    }
}
