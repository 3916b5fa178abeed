//! The console itself as a service: its maintenance windows.

use uuid::Uuid;

use super::Services;
use crate::{
    app::changes::Call,
    domain::{
        change::{
            Answer,
            catalogue::CONSOLE,
            expect::{Fact, Seen},
            plan::Plan,
        },
        maintenance::{CLOSE, OPEN, Window},
    },
};

impl Services {
    /// Whether it is the console's own.
    pub(super) fn is_own(service: &str) -> bool {
        service == CONSOLE
    }

    /// A fact about the console's own things.
    pub(super) async fn own_look(&self, id: Uuid, plan: &Plan, fact: Fact) -> Seen {
        let word = match fact {
            // Whoever asks has reached it.
            Fact::Action => "offered",
            Fact::Times => {
                Window::read(&plan.values, &plan.reason).map_err(|error| error.to_string())?.times(self.now())
            }
            Fact::Window => self.window(id, plan).await?,
            Fact::Source | Fact::Forced | Fact::Halt | Fact::Scope | Fact::Request | Fact::Alert(_) => {
                return Err("the console has no such thing".to_owned());
            }
        };
        Ok(word.to_owned())
    }

    /// The window that the plan names, or the change itself.
    async fn window(&self, id: Uuid, plan: &Plan) -> Result<&'static str, String> {
        let id = match plan.value("window_id") {
            "" => id,
            text => match text.parse() {
                Ok(id) => id,
                Err(_) => return Ok("none"),
            },
        };
        let found = self.store().find_window(id).await.map_err(|error| error.to_string())?;
        Ok(found.map_or("none", |window| window.stage(self.now()).as_str()))
    }

    /// An action of the console's own. Each may be done twice.
    pub(super) async fn own_call(&self, id: Uuid, call: &Call) -> Answer {
        if call.action == OPEN.name {
            return self.open(id, call).await;
        }
        if call.action == CLOSE.name {
            return self.close(call).await;
        }
        Answer::Refused(format!("{} is no action of the console", call.action))
    }

    async fn open(&self, id: Uuid, call: &Call) -> Answer {
        let Ok(window) = Window::read(&call.parameters, &call.reason) else {
            return Answer::Refused("a window has a beginning and an end".to_owned());
        };
        match self.store().insert_window(id, &window).await {
            Ok(()) => Answer::Done(format!("from {} until {}", window.from, window.until)),
            Err(error) => Answer::Lost(error.to_string()),
        }
    }

    async fn close(&self, call: &Call) -> Answer {
        let named = call.parameters.get("window_id").and_then(|text| text.parse::<Uuid>().ok());
        let Some(id) = named else { return Answer::Refused("there is no such window".to_owned()) };
        match self.store().close_window(id, self.now()).await {
            Ok(true) => Answer::Done("the window is over".to_owned()),
            Ok(false) => Answer::Refused("there is no such window, or it was ended before".to_owned()),
            Err(error) => Answer::Lost(error.to_string()),
        }
    }
}
