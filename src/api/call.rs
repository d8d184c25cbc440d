//! From a frame to the row that answers it, and from the answer back to bytes.

use std::future::Future;
use std::pin::Pin;

use super::ctx::{ConnectionContext, Ctx};
use super::table;
use crate::wire::api::ApiKey;
use crate::wire::{self, Error, Message, Reader, RequestHead, Rope};

/// What is left to do with the connection after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The response is in the rope.
    Respond,
    /// There is no response: a produce with `acks=0`.
    Silent,
    /// There is no response, and the connection must be closed so that the client
    /// notices: a failed produce with `acks=0`.
    Close,
}

/// A handler that answers at once.
pub type SyncCall = fn(&Ctx<'_>, &mut Rope) -> Result<Outcome, Error>;

/// A handler that may wait.
pub type AsyncCall =
    for<'a> fn(
        &'a Ctx<'a>,
        &'a mut Rope,
    ) -> Pin<Box<dyn Future<Output = Result<Outcome, Error>> + Send + 'a>>;

/// How a row of the table is called.
#[derive(Debug, Clone, Copy)]
pub enum Call {
    /// Without waiting.
    Sync(SyncCall),
    /// As a future.
    Async(AsyncCall),
}

/// Reads the header of `frame` and finds the row that answers it.
///
/// # Errors
/// A header that cannot be read, or a key or version that is not served: Kafka
/// closes the connection then. ApiVersions is the exception, it is answered whatever
/// its version (KIP-511).
pub fn open<'a>(connection: &'a ConnectionContext, frame: &'a [u8]) -> Result<Ctx<'a>, Error> {
    let mut reader = Reader::new(frame);
    let head = RequestHead::decode(&mut reader)?;
    connection.on_request(&head);
    let api = table::find(head.key).ok_or_else(|| Error::UnknownApiKey(head.key.code()))?;
    if !api.versions.contains(&head.version) && api.key != ApiKey::ApiVersions {
        connection.on_unsupported(api.name(), head.version);
        return Err(Error::UnsupportedVersion { message: api.name(), version: head.version });
    }
    Ok(Ctx { connection, head, body: reader.rest(), api })
}

impl Ctx<'_> {
    /// How this request is to be called.
    #[must_use]
    pub fn call(&self) -> Call {
        self.api.call
    }
}

/// Decodes the request. Bytes after it are nobody's business, as in Kafka: librdkafka leaves
/// three behind when it asks for all topics.
pub(super) fn decode<'a, Request: Message<'a>>(ctx: &Ctx<'a>) -> Result<Request, Error> {
    Request::decode_prefix(&mut Reader::new(ctx.body), ctx.head.version)
}

/// Puts the response into the rope, framed, in the version of the request.
pub(super) fn respond<'r, Response: Message<'r>>(
    ctx: &Ctx<'_>,
    response: &Response,
    rope: &mut Rope,
) -> Result<Outcome, Error> {
    respond_in(ctx.head.version, ctx, response, rope)
}

/// Puts the response into the rope in a version that the client understands.
pub(super) fn respond_in<'r, Response: Message<'r>>(
    version: i16,
    ctx: &Ctx<'_>,
    response: &Response,
    rope: &mut Rope,
) -> Result<Outcome, Error> {
    wire::encode_response(rope, ctx.api.key, version, ctx.head.correlation_id, response)?;
    Ok(Outcome::Respond)
}

/// Runs a handler that answers at once.
pub(super) fn sync<'a, 'r, Request: Message<'a>, Response: Message<'r>>(
    ctx: &Ctx<'a>,
    rope: &mut Rope,
    handler: impl FnOnce(&Ctx<'a>, Request) -> Response,
) -> Result<Outcome, Error> {
    let request = decode(ctx)?;
    let response = handler(ctx, request);
    respond(ctx, &response, rope)
}

/// Runs a handler that may wait.
pub(super) async fn wait<'a, 'r, Request, Response, Handler, Answer>(
    ctx: &'a Ctx<'a>,
    rope: &'a mut Rope,
    handler: Handler,
) -> Result<Outcome, Error>
where
    Request: Message<'a>,
    Response: Message<'r>,
    Handler: FnOnce(&'a Ctx<'a>, Request) -> Answer,
    Answer: Future<Output = Response>,
{
    let request = decode(ctx)?;
    let response = handler(ctx, request).await;
    respond(ctx, &response, rope)
}
