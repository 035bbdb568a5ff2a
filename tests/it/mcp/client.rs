//! A client of the Model Context Protocol, written from the specification: over HTTP in either era.

use crate::house::{ACCESS_TOKEN, House};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The last revision with sessions.
pub(crate) const OLDER: &str = "2025-11-25";
/// The first one without.
pub(crate) const NEWER: &str = "2026-07-28";

pub(crate) struct Client<'a> {
    house: &'a House,
    address: String,
    token: String,
    revision: &'static str,
    capabilities: Value,
    session: Option<String>,
    next_id: i64,
}

/// The messages of an answer, as they come.
pub(crate) struct Messages {
    response: Response,
    text: String,
    ready: VecDeque<Value>,
    streams: bool,
}

impl<'a> Client<'a> {
    /// A client that cannot ask its user anything.
    pub(crate) async fn open(house: &'a House, revision: &'static str) -> Self {
        Self::able_to(house, revision, json!({})).await
    }

    pub(crate) async fn able_to(house: &'a House, revision: &'static str, capabilities: Value) -> Self {
        Self::at(house, revision, capabilities, "/mcp").await
    }

    pub(crate) async fn at(house: &'a House, revision: &'static str, capabilities: Value, path: &str) -> Self {
        let address = format!("{}{path}", house.base);
        let token = ACCESS_TOKEN.to_owned();
        let mut client = Self { house, address, token, revision, capabilities, session: None, next_id: 0 };
        if revision < NEWER {
            let params = json!({
                "protocolVersion": revision,
                "capabilities": client.capabilities,
                "clientInfo": { "name": "a test", "version": "1" },
            });
            let mut messages = client.send("initialize", params).await;
            client.session = Some(messages.response.headers()["mcp-session-id"].to_str().expect("text").to_owned());
            let initialized = messages.last().await;
            assert_eq!(initialized["result"]["protocolVersion"], revision, "{initialized}");
            assert_eq!(initialized["result"]["serverInfo"]["name"], "ringlypro");
            let body = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            assert_eq!(client.post(&body).send().await.expect("an answer").status(), 202);
        }
        client
    }

    /// The same with another token: for the newer era, which has no sessions.
    pub(crate) fn with_token(self, token: String) -> Self {
        Self { token, ..self }
    }

    /// A request's bare body, for those who want to send it otherwise.
    pub(crate) fn body(&mut self, method: &str, mut params: Value) -> Value {
        self.next_id += 1;
        if self.revision >= NEWER {
            params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(self.revision);
            params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
            params["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({ "name": "a test", "version": "1" });
        }
        json!({ "jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params })
    }

    pub(crate) fn post(&self, body: &Value) -> RequestBuilder {
        let post = self.house.http.post(&self.address).bearer_auth(&self.token).json(body);
        let mut post = post.header("accept", "application/json, text/event-stream");
        if let Some(session) = &self.session {
            post = post.header("mcp-session-id", session);
        }
        if self.revision >= NEWER {
            post = post.header("mcp-method", body["method"].as_str().expect("a method"));
            if let Some(name) = body["params"]["name"].as_str().or(body["params"]["uri"].as_str()) {
                post = post.header("mcp-name", name);
            }
        }
        post.header("mcp-protocol-version", self.revision)
    }

    pub(crate) async fn send(&mut self, method: &str, params: Value) -> Messages {
        let body = self.body(method, params);
        self.begin(&body).await
    }

    /// Sends a body that was made before.
    pub(crate) async fn begin(&self, body: &Value) -> Messages {
        let response = self.post(body).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{body}: {}", response.text().await.unwrap_or_default());
        let streams = response.headers()["content-type"].to_str().expect("text").starts_with("text/event-stream");
        Messages { response, text: String::new(), ready: VecDeque::new(), streams }
    }

    /// The stream of a session, on which it is told of what no request asked for.
    pub(crate) async fn stream(&self) -> Messages {
        let get = self.house.http.get(&self.address).bearer_auth(&self.token).header("accept", "text/event-stream");
        let session = self.session.as_deref().expect("a session");
        let get = get.header("mcp-session-id", session).header("mcp-protocol-version", self.revision);
        let response = get.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        Messages { response, text: String::new(), ready: VecDeque::new(), streams: true }
    }

    /// Ends the session.
    pub(crate) async fn end(&self) -> reqwest::StatusCode {
        let session = self.session.as_deref().expect("a session");
        let end = self.house.http.delete(&self.address).bearer_auth(&self.token).header("mcp-session-id", session);
        end.header("mcp-protocol-version", self.revision).send().await.expect("an answer").status()
    }

    /// A request's result.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let mut messages = self.send(method, params).await;
        let mut answer = messages.last().await;
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].take()
    }

    /// A request's error.
    pub(crate) async fn refused(&mut self, method: &str, params: Value) -> Value {
        let mut messages = self.send(method, params).await;
        let mut answer = messages.last().await;
        assert!(answer["result"].is_null(), "{method}: {answer}");
        answer["error"].take()
    }

    /// What a tool answers.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        assert_ne!(result["isError"], true, "{tool}: {result}");
        result["structuredContent"].clone()
    }

    /// Why a tool does not do it.
    pub(crate) async fn fails(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        assert_eq!(result["isError"], true, "{tool}: {result}");
        result["content"][0]["text"].as_str().expect("words").to_owned()
    }

    /// Calls a tool and agrees to what is asked: the question, and what came of it.
    pub(crate) async fn ask_agreeing(&mut self, tool: &str, arguments: Value) -> (String, Value) {
        let mut messages = self.send("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        let asked = messages.next().await.expect("a question");
        let question = asked["params"]["message"].as_str().unwrap_or_else(|| panic!("no question: {asked}")).to_owned();
        self.reply(&asked, json!({ "action": "accept", "content": { "confirm": true } })).await;
        let mut answer = messages.last().await;
        (question, answer["result"]["structuredContent"].take())
    }

    /// Answers what the server has asked.
    pub(crate) async fn reply(&self, asked: &Value, result: Value) {
        let body = json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result });
        let response = self.post(&body).send().await.expect("an answer");
        assert_eq!(response.status(), 202, "{}", response.text().await.unwrap_or_default());
    }

    /// The names of all tools, page by page.
    pub(crate) async fn tools(&mut self) -> Vec<Value> {
        let mut tools = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let params = if cursor.is_null() { json!({}) } else { json!({ "cursor": cursor }) };
            let page = self.ask("tools/list", params).await;
            tools.extend(page["tools"].as_array().expect("tools").iter().cloned());
            cursor = page["nextCursor"].clone();
            if cursor.is_null() {
                return tools;
            }
        }
    }
}

impl Messages {
    /// The next message, in whichever form the answer has.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Some(message);
            }
            let more = self.response.chunk().await.expect("the answer goes on");
            match more {
                Some(more) => self.text.push_str(std::str::from_utf8(&more).expect("text")),
                None if self.streams || self.text.is_empty() => return None,
                None => return serde_json::from_str(&std::mem::take(&mut self.text)).expect("JSON"),
            }
            while self.streams
                && let Some((event, rest)) = self.text.split_once("\n\n")
            {
                let data: String = event.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim).collect();
                let rest = rest.to_owned();
                if !data.is_empty() {
                    self.ready.push_back(serde_json::from_str(&data).expect("JSON"));
                }
                self.text = rest;
            }
        }
    }

    /// The answer itself, whatever came before it.
    pub(crate) async fn last(&mut self) -> Value {
        while let Some(message) = self.next().await {
            if message["method"].is_null() {
                return message;
            }
        }
        panic!("the answer never came");
    }
}
