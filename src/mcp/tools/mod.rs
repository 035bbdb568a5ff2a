//! The tools: one for each operation a model works with every day, and two by which it finds and performs the others.
//!
//! They are made of the catalogue once, when the server starts. [`schema`] makes their schemas, [`operation`] performs
//! them, [`following`] sees long ones through, [`tail`] is the way to what is not listed, [`live`] speaks of calls that are
//! on the line now.
//!
//! Invariant: the list is the same for the same permissions, in the same order.

mod following;
mod live;
mod operation;
mod schema;
mod tail;

use super::error::said;
use super::{Server, Visitor};
use crate::crm::operation::definition::{Effect, Method};
use crate::crm::operation::{CATALOGUE, Definition, Permission, Permissions};
use live::Live;
use rmcp::model::{CallToolRequestParams, CallToolResponse, JsonObject, Tool, ToolAnnotations};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use std::sync::Arc;

/// The most operations that are listed each as a tool: beyond it a model chooses worse, and pays for reading them.
const LISTED_MAX: usize = 60;
/// Tools of a page. One page holds what most clients are ever shown.
const PAGE: usize = 64;

/// What is listed when there are more operations than that; the others are found with `search_catalogue`.
const EVERYDAY: &[&str] = &[
    "find_contact",
    "search_contacts",
    "list_contacts",
    "get_contact",
    "create_contact",
    "update_contact",
    "upsert_contact",
    "delete_contact",
    "merge_contacts",
    "add_contact_tags",
    "remove_contact_tags",
    "add_note",
    "list_notes",
    "find_slots",
    "book_appointment",
    "reschedule_appointment",
    "cancel_appointment",
    "confirm_appointment",
    "update_appointment",
    "get_appointment",
    "list_appointments",
    "leave_message",
    "list_left_messages",
    "list_pipelines",
    "list_opportunities",
    "get_opportunity",
    "create_opportunity",
    "update_opportunity",
    "move_opportunity",
    "close_opportunity",
    "get_forecast",
    "list_tasks",
    "create_task",
    "update_task",
    "complete_task",
    "list_conversations",
    "list_messages",
    "send_message",
    "send_sms",
    "send_email",
    "list_workflows",
    "add_to_workflow",
    "list_campaigns",
    "add_to_campaign",
    "request_review",
    "list_orders",
    "get_statistics",
    "get_business",
    "update_business",
    "list_actions",
    "undo_action",
];

/// Every tool there is.
pub(super) struct Tools {
    all: Vec<Listed>,
}

/// One tool.
struct Listed {
    tool: Tool,
    what: What,
    /// What one must be allowed to be shown it; none: to have come in.
    needs: Option<Permission>,
    /// Whether it stands in the list.
    shown: bool,
}

/// What a tool does.
#[derive(Clone, Copy)]
enum What {
    /// Performs an operation.
    Perform(&'static Definition),
    /// Finds operations that are not listed.
    Search,
    /// Performs one of those.
    PerformNamed,
    /// Something with a call that is on the line.
    Live(Live),
}

impl Tools {
    /// All of them; those of live calls where there are any.
    pub(super) fn new(live: bool) -> Self {
        Self::listing(LISTED_MAX, live)
    }

    fn listing(listed_max: usize, live: bool) -> Self {
        let offered: Vec<_> = CATALOGUE.iter().filter(|entry| entry.about.route.is_some()).collect();
        let everything = offered.len() <= listed_max;
        let shown = |entry: &Definition| everything || EVERYDAY.contains(&entry.about.name);
        let mut all: Vec<_> = offered
            .into_iter()
            .map(|entry| Listed {
                tool: tool_of(entry),
                what: What::Perform(entry),
                needs: Some(entry.about.permission),
                shown: shown(entry),
            })
            .collect();
        if live {
            all.extend(Live::ALL.into_iter().map(|live| Listed {
                tool: live.tool(),
                what: What::Live(live),
                needs: Some(live.needs()),
                shown: true,
            }));
        }
        if !everything {
            let ways = [(tail::search_tool(), What::Search), (tail::perform_tool(), What::PerformNamed)];
            all.extend(ways.map(|(tool, what)| Listed { tool, what, needs: None, shown: true }));
        }
        Self { all }
    }

    /// A page of what a visitor may use, and where the next one goes on; none when the cursor is not one of ours.
    pub(super) fn page(&self, may: Permissions, cursor: Option<&str>) -> Option<(Vec<Tool>, Option<String>)> {
        self.page_of(PAGE, may, cursor)
    }

    /// The cursor is the last tool of the page before, so that a list that grew meanwhile goes on where it was.
    fn page_of(&self, size: usize, may: Permissions, cursor: Option<&str>) -> Option<(Vec<Tool>, Option<String>)> {
        let begins = match cursor {
            None => 0,
            Some(last) => 1 + self.all.iter().position(|listed| listed.tool.name == last)?,
        };
        let mut rest = self.all[begins..].iter().filter(|listed| listed.shown && listed.is_for(may)).peekable();
        let page: Vec<_> = rest.by_ref().take(size).map(|listed| listed.tool.clone()).collect();
        let next = rest.peek().and(page.last()).map(|last| last.name.to_string());
        Some((page, next))
    }

    /// The tool of this name, if the visitor may use it.
    fn find(&self, may: Permissions, name: &str) -> Option<What> {
        let found = self.all.iter().find(|listed| listed.tool.name == name);
        found.filter(|listed| listed.is_for(may)).map(|listed| listed.what)
    }

    /// The operations a visitor may ask for, with their tools.
    fn operations(&self, may: Permissions) -> impl Iterator<Item = (&'static Definition, &Tool)> {
        self.all.iter().filter(move |listed| listed.is_for(may)).filter_map(|listed| match listed.what {
            What::Perform(definition) => Some((definition, &listed.tool)),
            What::Search | What::PerformNamed | What::Live(_) => None,
        })
    }
}

impl Listed {
    fn is_for(&self, may: Permissions) -> bool {
        self.needs.is_none_or(|permission| may.hold(permission))
    }
}

impl Server {
    /// Answers a tool's call.
    pub(super) async fn call(
        &self,
        visitor: &Visitor,
        context: &RequestContext<RoleServer>,
        request: CallToolRequestParams,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(what) = self.inner.tools.find(visitor.by.may, &request.name) else {
            return Err(ErrorData::invalid_params("there is no such tool for you: list the tools there are", None));
        };
        let arguments = request.arguments.clone().unwrap_or_default();
        match what {
            What::Perform(definition) => self.operation(visitor, context, &request, definition, arguments).await,
            What::Search => Ok(tail::search(&self.inner.tools, visitor.by.may, &arguments).into()),
            What::PerformNamed => match tail::named(&self.inner.tools, visitor.by.may, arguments) {
                Ok((definition, arguments)) => self.operation(visitor, context, &request, definition, arguments).await,
                Err(words) => Ok(said(words).into()),
            },
            What::Live(live) => self.live(visitor, context, &request, live, arguments).await,
        }
    }
}

/// The tool of an operation.
fn tool_of(entry: &'static Definition) -> Tool {
    let about = &entry.about;
    let mut description = about.description.to_owned();
    if schema::asks(entry) {
        description.push_str(" The user confirms it first.");
    }
    Tool::new(about.name, description, Arc::new(schema::arguments(entry)))
        .with_title(title(about.name))
        .with_raw_output_schema(Arc::new(schema::answer(entry)))
        .with_annotations(annotations(entry))
}

/// What a client may tell its user of a tool before it is called.
fn annotations(entry: &Definition) -> ToolAnnotations {
    let about = &entry.about;
    let (reads, destroys, leaves_the_house) = match about.effect {
        Effect::Read => (true, false, false),
        Effect::Write => (false, false, false),
        Effect::Destructive => (false, true, false),
        Effect::Sends | Effect::Costs => (false, false, true),
    };
    let again_is_the_same = about.route.is_none_or(|route| match route.method {
        Method::Get | Method::Put | Method::Patch | Method::Delete => true,
        Method::Post => false,
    });
    ToolAnnotations::from_raw(
        Some(title(about.name)),
        Some(reads),
        Some(destroys),
        Some(reads || again_is_the_same),
        Some(leaves_the_house),
    )
}

/// A name for people: "Book appointment".
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An object's fields, where an object was written down.
fn fields(value: serde_json::Value) -> JsonObject {
    match value {
        serde_json::Value::Object(fields) => fields,
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_)
        | serde_json::Value::Array(_) => JsonObject::new(),
    }
}

#[cfg(test)]
mod tests;
