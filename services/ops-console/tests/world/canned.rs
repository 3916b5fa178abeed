//! Answers of a simulated service by the name of the call: the real wire, and what is said is what a test says. A call that
//! has no answer is one that the service does not know, as of one that is older than its caller.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use causeway_testkit::wait;
use http_body_util::{BodyExt as _, Full};
use prost::Message;
use tokio::sync::watch;
use tonic::{Code, Status, service::Routes};

/// What a call comes back with.
#[derive(Debug, Clone)]
enum Answer {
    Message(Vec<u8>),
    Refusal(Code, String),
    Nothing,
}

/// See the module. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Canned {
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: watch::Sender<Vec<Asked>>,
}

/// A call that came.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) call: String,
    question: Vec<u8>,
    pub(super) headers: HeaderMap,
}

impl Asked {
    /// What it asked.
    pub(super) fn question<M: Message + Default>(&self) -> M {
        M::decode(self.question.as_slice()).unwrap()
    }
}

impl Canned {
    /// From now on the call is answered with this.
    pub(super) fn answer(&self, call: &str, message: &impl Message) {
        self.put(call, Answer::Message(message.encode_to_vec()));
    }

    /// From now on the call is refused.
    pub(super) fn refuse(&self, call: &str, code: Code, words: &str) {
        self.put(call, Answer::Refusal(code, words.to_owned()));
    }

    /// From now on the call is never answered.
    pub(super) fn hang(&self, call: &str) {
        self.put(call, Answer::Nothing);
    }

    /// What was last asked by this call.
    pub(super) fn last<M: Message + Default>(&self, call: &str) -> M {
        self.asked.borrow().iter().rfind(|asked| asked.call == call).unwrap().question()
    }

    /// What is asked by this call, once it comes.
    pub(super) async fn comes<M: Message + Default>(&self, call: &str) -> M {
        let come = |asked: &Vec<Asked>| asked.iter().find(|asked| asked.call == call).map(Asked::question);
        wait::told(call, self.asked.subscribe(), come).await
    }

    /// Every call that came.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }

    pub(super) fn routes(&self) -> Routes {
        Routes::from(Router::new().fallback(reply).with_state(self.clone()))
    }

    fn put(&self, call: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(call.to_owned(), answer);
    }
}

async fn reply(State(canned): State<Canned>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let call = parts.uri.path().rsplit('/').next().unwrap().to_owned();
    // A message is framed by a flag and its length.
    let question = to_bytes(body, 1 << 20).await.unwrap().slice(5..).to_vec();
    let asked = Asked { call: call.clone(), question, headers: parts.headers };
    canned.asked.send_modify(|all| all.push(asked));
    let answer = canned.answers.lock().unwrap().get(&call).cloned();
    match answer {
        None => Status::unimplemented(call).into_http(),
        Some(Answer::Refusal(code, words)) => Status::new(code, words).into_http(),
        Some(Answer::Nothing) => std::future::pending().await,
        Some(Answer::Message(bytes)) => framed(&bytes),
    }
}

fn framed(bytes: &[u8]) -> Response {
    let mut frame = vec![0];
    frame.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(bytes);
    let done =
        async { Some(Ok(HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static("0"))]))) };
    let body = Body::new(Full::from(frame).with_trailers(done));
    Response::builder().header(header::CONTENT_TYPE, "application/grpc").body(body).unwrap()
}
