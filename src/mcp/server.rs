//! The server: what each request of the protocol is answered with, in either era.
//!
//! One is made for every session and every request ([`Server::anew`]): it is a few pointers, and the list of tools is made once.

use super::Visitor;
use super::consent::Asking;
use super::error::broken;
use super::subscriptions::{self, Subscriptions};
use super::tools::Tools;
use super::{prompts, resources};
use crate::clock::Clock;
use crate::crm::model::{Ai, Source};
use crate::crm::{Backend, CallBook, Directory, Operation, Request};
use crate::switchboard::Switchboard;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, GetPromptRequestParams,
    GetPromptResponse, Implementation, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities,
    ServerConfig, SubscribeRequestMethod, SubscribeRequestParams, SubscriptionFilter, UnsubscribeRequestParams,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServiceExt};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How long a client may keep a list without asking again. It changes with the program and with a key's permissions.
const LISTS_KEPT_MS: u64 = 5 * 60 * 1_000;
/// The longest name of a client that is kept, in characters.
const CLIENT_MAX: usize = 120;
/// What a model is told before it begins.
const INSTRUCTIONS: &str = include_str!("instructions.md");

/// What the server opens to.
pub struct Parts {
    /// What the CRM can do.
    pub crm: Arc<dyn Backend>,
    /// Businesses.
    pub directory: Arc<dyn Directory>,
    /// Past calls and the calendar.
    pub book: Arc<dyn CallBook>,
    /// Live calls; none where there are none: in a process that answers no phone.
    pub switchboard: Option<Switchboard>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// A secret of this installation.
    pub secret: String,
    /// Cancelled when the process ends: what is under way then goes on at the next start.
    pub closing: CancellationToken,
}

/// The server. Clones are the same one.
#[derive(Clone)]
pub struct Server {
    pub(super) inner: Arc<Inner>,
    /// What this session is subscribed to.
    pub(super) subscriptions: Arc<Subscriptions>,
    /// Who has come in where requests do not carry it.
    resident: Option<Visitor>,
}

pub(super) struct Inner {
    pub(super) parts: Parts,
    pub(super) tools: Tools,
    pub(super) asking: Asking,
    /// Room for what is followed.
    pub(super) room: Arc<Semaphore>,
    config: ServerConfig,
}

impl Server {
    /// A server with all its tools.
    pub fn new(parts: Parts) -> Self {
        let capabilities =
            ServerCapabilities::builder().enable_tools().enable_resources().enable_prompts().enable_completions();
        let mut capabilities = capabilities.build();
        if let Some(resources) = capabilities.resources.as_mut().filter(|_| parts.switchboard.is_some()) {
            resources.subscribe = Some(true);
        }
        let config = ServerConfig::new(capabilities)
            .with_server_info(
                Implementation::new("ringlypro", env!("CARGO_PKG_VERSION")).with_title("RinglyPro receptionist"),
            )
            .with_instructions(INSTRUCTIONS);
        let asking = Asking::new(&parts.secret);
        let tools = Tools::new(parts.switchboard.is_some());
        let inner = Inner { parts, tools, asking, room: subscriptions::room(), config };
        Self { inner: Arc::new(inner), subscriptions: Arc::default(), resident: None }
    }

    /// The same for another session.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { subscriptions: Arc::default(), ..self.clone() }
    }

    /// The same for one visitor, where requests do not carry who asks.
    #[must_use]
    pub fn visited_by(self, visitor: Visitor) -> Self {
        Self { resident: Some(visitor), ..self }
    }

    /// Speaks on standard input and output until the client leaves.
    pub async fn on_stdio(self) -> std::io::Result<()> {
        let running = match self.serve(rmcp::transport::stdio_pipes()).await {
            Ok(running) => running,
            // Whoever leaves before a word was said has left.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(std::io::Error::other(error)),
        };
        running.waiting().await.map(drop).map_err(std::io::Error::other)
    }

    /// Who asks.
    pub(super) fn visitor<'a>(&'a self, context: &'a RequestContext<RoleServer>) -> Result<&'a Visitor, ErrorData> {
        let carried = context.extensions.get::<http::request::Parts>();
        let carried = carried.and_then(|parts| parts.extensions.get::<Visitor>());
        carried.or(self.resident.as_ref()).ok_or_else(|| {
            tracing::error!("a request came in that says nothing of who asks");
            broken()
        })
    }
}

/// What a visitor asks for: on their word, as the model they brought understood it.
pub(super) fn asked_by(
    visitor: &Visitor,
    context: &RequestContext<RoleServer>,
    operation: impl Into<Operation>,
) -> Request {
    let client = context.client_info().and_then(|client| called(&client.name, &client.version));
    Request::new(visitor.business, Source::Mcp, visitor.by, operation).through(Ai::Model { client })
}

/// What a client calls itself, on one line and no longer than a name.
fn called(name: &str, version: &str) -> Option<String> {
    let words = name.split(|c: char| c.is_whitespace() || c.is_control()).chain([version]);
    let line: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let client: String = line.join(" ").chars().filter(|c| !c.is_control()).take(CLIENT_MAX).collect();
    (!client.is_empty()).then_some(client)
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        self.inner.config.clone()
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let may = self.visitor(&context)?.by.may;
        let cursor = request.and_then(|request| request.cursor);
        let Some((tools, next)) = self.inner.tools.page(may, cursor.as_deref()) else {
            return Err(ErrorData::invalid_params("no list goes on from this cursor: list from the beginning", None));
        };
        let result = ListToolsResult { tools, next_cursor: next, ..ListToolsResult::default() };
        Ok(result.with_ttl_ms(LISTS_KEPT_MS).with_cache_scope(CacheScope::Private))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let visitor = self.visitor(&context)?;
        self.call(visitor, &context, request).await
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let listed = resources::list(&self.inner.parts, self.visitor(&context)?);
        // Calls come and go.
        Ok(ListResourcesResult::with_all_items(listed).with_ttl_ms(0).with_cache_scope(CacheScope::Private))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let listed = ListResourceTemplatesResult::with_all_items(resources::templates(self.visitor(&context)?));
        Ok(listed.with_ttl_ms(LISTS_KEPT_MS).with_cache_scope(CacheScope::Private))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let read = resources::read(&self.inner.parts, self.visitor(&context)?, &request.uri).await?;
        Ok(read.with_ttl_ms(0).with_cache_scope(CacheScope::Private).into())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if self.inner.parts.switchboard.is_none() {
            return Err(ErrorData::method_not_found::<SubscribeRequestMethod>());
        }
        self.follow_in_session(self.visitor(&context)?, context.peer.clone(), request.uri)
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.unfollow_in_session(&request.uri);
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        self.tellable(requested)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.tell(&context).await
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let listed = ListPromptsResult::with_all_items(prompts::list(self.visitor(&context)?));
        Ok(listed.with_ttl_ms(LISTS_KEPT_MS).with_cache_scope(CacheScope::Private))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        Ok(prompts::get(&self.inner.parts, self.visitor(&context)?, &request).await?.into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        resources::complete(&self.inner.parts, self.visitor(&context)?, &request).await.map(CompleteResult::new)
    }
}
