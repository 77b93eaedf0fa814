//! One client on one connection that is kept open.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request as HttpRequest};

/// Longest a test waits for one answer: beyond every deadline of the server's.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest answer a test reads.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Speaks HTTP to one server. Cheap to make; one per thread.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    cookie: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The problem's code; empty when it is not a problem.
    pub fn code(&self) -> String {
        match self.header("content-type") {
            Some(kind) if kind.starts_with("application/problem+json") => {
                self.json()["code"].as_str().unwrap_or_default().to_owned()
            }
            _ => String::new(),
        }
    }

    /// Status and code, as tests compare them.
    pub fn verdict(&self) -> (u16, String) {
        (self.status, self.code())
    }

    /// For messages of failing tests.
    pub fn text(&self) -> String {
        format!("{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}

impl Client {
    pub fn new(base: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .timeout_global(Some(ANSWER_TIMEOUT))
            .max_idle_connections_per_host(1)
            .build()
            .into();
        Self { agent, base: base.to_owned(), cookie: None }
    }

    /// The same, without being signed in and on another connection.
    pub fn stranger(&self) -> Self {
        Self::new(&self.base)
    }

    /// Signs in, and sends the session's cookie from now on.
    pub fn signed_in(&self, email: &str, password: &str) -> Self {
        let body = serde_json::json!({ "email": email, "password": password });
        let answer = self.stranger().post("/api/auth/login").json(&body).send();
        assert!(answer.status < 300, "sign-in as {email}: {}", answer.text());
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap();
        Self { cookie: Some(cookie.to_owned()), ..self.stranger() }
    }

    /// What the session's cookie holds.
    pub fn session_token(&self) -> &str {
        self.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).unwrap().1
    }

    /// The same session on another server.
    pub fn on(&self, server: &super::Server) -> Self {
        Self { cookie: self.cookie.clone(), ..Self::new(&server.base) }
    }

    pub fn get(&self, path: &str) -> Request<'_> {
        self.request("GET", path)
    }

    pub fn post(&self, path: &str) -> Request<'_> {
        self.request("POST", path)
    }

    pub fn put(&self, path: &str) -> Request<'_> {
        self.request("PUT", path)
    }

    pub fn delete(&self, path: &str) -> Request<'_> {
        self.request("DELETE", path)
    }

    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request =
            Request { client: self, method, path: path.to_owned(), headers: vec![], body: vec![] };
        if let Some(cookie) = &self.cookie {
            // As a browser does on a page of ours.
            request = request.header("cookie", cookie).header("sec-fetch-site", "same-origin");
        }
        request
    }
}

/// A request that is being put together.
pub struct Request<'a> {
    client: &'a Client,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The idempotency key.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub fn if_match(self, rev: u64) -> Self {
        self.header("if-match", &format!("\"{rev}\""))
    }

    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().into_bytes())
    }

    pub fn bytes(mut self, content_type: &str, body: Vec<u8>) -> Self {
        self.body = body;
        self.header("content-type", content_type)
    }

    /// Sends it; the server must answer.
    pub fn send(self) -> Answer {
        let shown = format!("{} {}", self.method, self.path);
        self.try_send().unwrap_or_else(|error| panic!("{shown}: {error}"))
    }

    /// Sends it and reads the status alone: for streams, which do not end.
    pub fn status(self) -> u16 {
        let shown = format!("{} {}", self.method, self.path);
        let answer = self.begin().unwrap_or_else(|error| panic!("{shown}: {error}"));
        answer.status().as_u16()
    }

    /// Sends it; the connection may die.
    pub fn try_send(self) -> Result<Answer, ureq::Error> {
        let (parts, mut body) = self.begin()?.into_parts();
        let body = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    fn begin(self) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let uri = format!("{}{}", self.client.base, self.path);
        let mut request = HttpRequest::builder().method(self.method).uri(uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if self.body.is_empty() {
            self.client.agent.run(request.body(())?)
        } else {
            self.client.agent.run(request.body(self.body)?)
        }
    }
}
