//! `ringlypro mcp`: the program itself, on standard input and output.

use super::client::{NEWER, OLDER};
use serde_json::{Value, json};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

struct Program {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    next_id: i64,
    /// Kept for as long as the program runs.
    _folder: TempDir,
}

impl Program {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_ringlypro"))
            .arg("mcp")
            .current_dir(folder.path())
            .env("DATA_DIR", folder.path())
            .env("RINGLY_MODELS", folder.path().join("none"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("it starts");
        let stdin = child.stdin.take().expect("its input");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, stdin, lines, next_id: 0, _folder: folder }
    }

    async fn write(&mut self, message: &Value) {
        self.stdin.write_all(format!("{message}\n").as_bytes()).await.expect("written");
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next_id += 1;
        let id = self.next_id;
        self.write(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        let line = self.lines.next_line().await.expect("readable").expect("an answer");
        let mut answer: Value = serde_json::from_str(&line).expect("nothing but JSON is written there");
        assert_eq!(answer["id"], id, "{answer}");
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].take()
    }

    async fn ends(mut self) {
        drop(self.stdin);
        assert!(self.child.wait().await.expect("an end").success());
    }
}

#[tokio::test]
async fn a_client_of_the_older_era_works_with_the_program() {
    let mut program = Program::start();
    let hello =
        json!({ "protocolVersion": OLDER, "capabilities": {}, "clientInfo": { "name": "a test", "version": "1" } });
    let initialized = program.ask("initialize", hello).await;
    assert_eq!(initialized["protocolVersion"], OLDER);
    program.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
    let tools = program.ask("tools/list", json!({})).await;
    let tools = tools["tools"].as_array().expect("tools");
    assert!(tools.iter().any(|tool| tool["name"] == "book_appointment"));
    assert!(tools.iter().all(|tool| tool["name"] != "list_live_calls"), "there is no telephone here");
    let call = json!({ "name": "create_contact", "arguments": { "first_name": "Ana" } });
    let made = program.ask("tools/call", call).await;
    assert_eq!(made["structuredContent"]["outcome"]["first_name"], "Ana");
    program.ends().await;
}

#[tokio::test]
async fn a_client_of_the_newer_era_works_with_the_program() {
    let mut program = Program::start();
    let with = |mut params: Value| {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": NEWER,
            "io.modelcontextprotocol/clientCapabilities": { "elicitation": { "form": {} } },
        });
        params
    };
    let found = program.ask("server/discover", with(json!({}))).await;
    assert_eq!(found["resultType"], "complete");
    let call = json!({ "name": "create_contact", "arguments": { "first_name": "Ana" } });
    let made = program.ask("tools/call", with(call)).await;
    let delete =
        json!({ "name": "delete_contact", "arguments": { "contact": made["structuredContent"]["outcome"]["id"] } });
    let asked = program.ask("tools/call", with(delete.clone())).await;
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let mut agreed = delete;
    agreed["requestState"] = asked["requestState"].clone();
    agreed["inputResponses"] = json!({ "confirm": { "action": "accept", "content": { "confirm": true } } });
    let done = program.ask("tools/call", with(agreed)).await;
    assert_eq!(done["structuredContent"]["performed"], true, "{done}");
    program.ends().await;
}

#[tokio::test]
async fn a_client_that_leaves_at_once_leaves_nothing_running() {
    Program::start().ends().await;
}
