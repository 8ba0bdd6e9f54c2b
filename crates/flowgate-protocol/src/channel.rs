//! The encrypted channel of one endpoint: from raw bytes to a typed request,
//! and from an answer to sealed text.
//!
//! The order of the steps is the order of the types: raw bytes, [`VerifiedBody`],
//! [`Envelope`], opened, parsed, token checked.
//!
//! [`VerifiedBody`]: crate::VerifiedBody

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use bytes::Bytes;
use flowgate_keys::{KeyRing, OpenError, OpenPool, PhoneNumberId, SealedRequest};
use futures_util::FutureExt;

use crate::completions::Completions;
use crate::exchange::Opened;
use crate::flow_token::signature;
use crate::request::Incoming;
use crate::{
    Answer, AnyFlowToken, EndpointError, Envelope, FlowRequest, Messages, Received, Reply,
    SignatureCheck, TokenCheck, TokenSignaturePolicy,
};

/// Opens requests and seals replies for one Flow endpoint.
///
/// It needs no web framework and no runtime: an adapter reads the body and
/// writes the reply. Cloning is cheap; clones share everything.
#[derive(Clone)]
pub struct Channel(Arc<Inner>);

struct Inner {
    key_ring: RwLock<Arc<KeyRing>>,
    pool: Arc<OpenPool>,
    signature_check: SignatureCheck,
    phone_number_id: Option<PhoneNumberId>,
    token_check: Box<dyn TokenCheck>,
    token_signature: TokenSignaturePolicy,
    messages: Arc<Messages>,
    completions: Completions,
}

/// Collects the settings of a [`Channel`].
#[must_use]
pub struct ChannelBuilder {
    key_ring: Arc<KeyRing>,
    pool: Option<Arc<OpenPool>>,
    signature_check: SignatureCheck,
    phone_number_id: Option<PhoneNumberId>,
    token_check: Box<dyn TokenCheck>,
    token_signature: TokenSignaturePolicy,
    messages: Messages,
}

impl Channel {
    /// Starts with what every channel needs: private keys and app secrets.
    pub fn builder(
        key_ring: impl Into<Arc<KeyRing>>,
        signature_check: impl Into<SignatureCheck>,
    ) -> ChannelBuilder {
        ChannelBuilder {
            key_ring: key_ring.into(),
            pool: None,
            signature_check: signature_check.into(),
            phone_number_id: None,
            token_check: Box::new(AnyFlowToken),
            token_signature: TokenSignaturePolicy::default(),
            messages: Messages::default(),
        }
    }

    /// Verifies, opens and parses a request, and checks its flow token.
    ///
    /// `signature` is the value of the header `X-Hub-Signature-256`; `None` if
    /// it is missing, no text or given more than once.
    ///
    /// # Errors
    ///
    /// The finished reply to a request that the application must not see.
    pub async fn receive(
        &self,
        signature: Option<&str>,
        body: Bytes,
        now: SystemTime,
    ) -> Result<Received, Reply> {
        let sealed = self.unpack(signature, body).map_err(Reply::refusal)?;
        let opened = self.open(sealed).await.map_err(Reply::refusal)?;
        self.sort(opened, now).await
    }

    /// Does the same, but opens the request on the calling thread if no other one
    /// waits. That is quicker than to queue it, and worse for several requests that
    /// are there at the same time.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    pub async fn receive_here(
        &self,
        signature: Option<&str>,
        body: Bytes,
        now: SystemTime,
    ) -> Result<Received, Reply> {
        let sealed = self.unpack(signature, body).map_err(Reply::refusal)?;
        let opened = if self.0.pool.queued() == 0 {
            self.open_here(sealed)
        } else {
            self.open(sealed).await
        };
        self.sort(opened.map_err(Reply::refusal)?, now).await
    }

    /// Sorts an opened request by who answers it, and checks its flow token.
    async fn sort(&self, opened: Opened, now: SystemTime) -> Result<Received, Reply> {
        let Opened { incoming, reply } = opened;
        let (mut request, token_signature) = match incoming {
            Incoming::Ping => return Ok(Received::Ping(reply)),
            Incoming::ErrorNotification(notification) => {
                return Ok(Received::ErrorNotification(notification, reply));
            }
            Incoming::Request {
                request,
                flow_token_signature,
            } => (request, flow_token_signature),
        };
        match self
            .check_token(&request, token_signature.as_deref(), now)
            .await
        {
            Ok(claims) => request.claims = claims,
            Err(error) => return Err(reply.answer(Err(error))),
        }
        Ok(Received::Request(Box::new(request), reply))
    }

    /// Verifies a body and takes it apart.
    fn unpack(&self, signature: Option<&str>, body: Bytes) -> Result<SealedRequest, EndpointError> {
        let inner = &*self.0;
        // Cheaper than to look at a request first that has no place.
        if inner.pool.is_full() {
            return Err(OpenError::Overloaded.into());
        }
        let body = inner.signature_check.verify(signature, body)?;
        Ok(Envelope::parse(&body)?.decode()?)
    }

    async fn open(&self, sealed: SealedRequest) -> Result<Opened, EndpointError> {
        let inner = &*self.0;
        let expected = inner.phone_number_id.clone();
        let opening = inner.pool.open(&self.key_ring(), sealed, expected)?;
        Ok(Opened::parse(opening.await?, Arc::clone(&inner.messages))?)
    }

    fn open_here(&self, sealed: SealedRequest) -> Result<Opened, EndpointError> {
        let inner = &*self.0;
        let expected = inner.phone_number_id.as_ref();
        let opened = inner.pool.open_here(&self.key_ring(), sealed, expected)?;
        Ok(Opened::parse(opened, Arc::clone(&inner.messages))?)
    }

    async fn check_token(
        &self,
        request: &FlowRequest,
        token_signature: Option<&str>,
        now: SystemTime,
    ) -> Result<Option<crate::FlowTokenClaims>, EndpointError> {
        let inner = &*self.0;
        let flow_token = request.flow_token.as_ref();
        if let Some(secrets) = inner.signature_check.app_secrets() {
            signature::verify(token_signature, flow_token, secrets, inner.token_signature)
                .map_err(|rejected| {
                    tracing::warn!(%rejected, "flow_token_signature rejected");
                    EndpointError::flow_token_invalid(&inner.messages.flow_token_invalid)
                })?;
        }
        let checking = AssertUnwindSafe(inner.token_check.check(flow_token, now));
        checking
            .catch_unwind()
            .await
            .unwrap_or(Err(EndpointError::Panicked))
    }

    /// Runs the application on a request: catches its panics, and answers a
    /// submission that ended the Flow only once however often it comes.
    ///
    /// The deadline is the adapter's, because only it has a clock: it drops the
    /// future and answers with [`EndpointError::DeadlineExceeded`].
    ///
    /// # Errors
    ///
    /// The application's, or [`EndpointError::Panicked`].
    pub async fn answer_once<A: Future<Output = Answer>>(
        &self,
        request: FlowRequest,
        now: SystemTime,
        answer: impl FnOnce(FlowRequest) -> A,
    ) -> Answer {
        // Called inside, so that a panic of the call itself is caught as well.
        let caught = |request| {
            AssertUnwindSafe(async { answer(request).await })
                .catch_unwind()
                .map(|outcome| outcome.unwrap_or(Err(EndpointError::Panicked)))
        };
        self.0.completions.answer_once(request, now, caught).await
    }

    /// Returns the private keys, for metrics and for publishing the newest.
    pub fn key_ring(&self) -> Arc<KeyRing> {
        let ring = self.0.key_ring.read();
        Arc::clone(&ring.unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens requests with other private keys from now on; those that wait
    /// already are opened with the former ones.
    ///
    /// What the ring counts starts anew, as after a restart.
    pub fn replace_key_ring(&self, key_ring: impl Into<Arc<KeyRing>>) {
        let key_ring = key_ring.into();
        warn_of_fallbacks(&key_ring);
        let mut ring = self
            .0
            .key_ring
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *ring = key_ring;
    }

    /// Returns the texts that the framework shows.
    pub fn messages(&self) -> &Messages {
        &self.0.messages
    }

    /// Returns where requests are opened, for metrics.
    pub fn pool(&self) -> &OpenPool {
        &self.0.pool
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("key_ring", &self.key_ring())
            .field("pool", &self.0.pool)
            .finish_non_exhaustive()
    }
}

impl ChannelBuilder {
    /// Sets where requests are opened, perhaps together with other channels.
    /// Defaults to [`OpenPool::default`].
    pub fn pool(mut self, pool: Arc<OpenPool>) -> Self {
        self.pool = Some(pool);
        self
    }

    /// Names the phone number whose Flows use this endpoint, so that its key is
    /// tried first. Defaults to none.
    pub fn phone_number_id(mut self, id: PhoneNumberId) -> Self {
        self.phone_number_id = Some(id);
        self
    }

    /// Sets who checks flow tokens. Defaults to [`AnyFlowToken`], which leaves
    /// it to the handlers.
    pub fn token_check(mut self, check: impl TokenCheck + 'static) -> Self {
        self.token_check = Box::new(check);
        self
    }

    /// Sets what to do about `flow_token_signature`. Defaults to verifying it
    /// where the phone sends one.
    pub fn token_signature(mut self, policy: TokenSignaturePolicy) -> Self {
        self.token_signature = policy;
        self
    }

    /// Sets the texts that the framework shows. Defaults to English.
    pub fn messages(mut self, messages: Messages) -> Self {
        self.messages = messages;
        self
    }

    /// Opens the channel. Warns in the log of keys that the chosen backend cannot
    /// unwrap with.
    pub fn build(self) -> Channel {
        warn_of_fallbacks(&self.key_ring);
        Channel(Arc::new(Inner {
            key_ring: RwLock::new(self.key_ring),
            pool: self.pool.unwrap_or_default(),
            signature_check: self.signature_check,
            phone_number_id: self.phone_number_id,
            token_check: self.token_check,
            token_signature: self.token_signature,
            messages: Arc::new(self.messages),
            completions: Completions::default(),
        }))
    }
}

fn warn_of_fallbacks(key_ring: &KeyRing) {
    for (key, reason) in key_ring.fallbacks() {
        tracing::warn!(
            %key,
            reason,
            "the chosen backend cannot unwrap with this key; the default one does it"
        );
    }
}

impl fmt::Debug for ChannelBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelBuilder")
            .field("key_ring", &self.key_ring)
            .finish_non_exhaustive()
    }
}
