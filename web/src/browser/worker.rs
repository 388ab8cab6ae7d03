//! The planner's worker: started, asked, ended.

use lockstep_protocol::{Ask, BUILD, Message};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};

/// A running worker with its callbacks.
pub struct PlannerWorker {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl PlannerWorker {
    /// Starts the one that holds a family of engines. `on_message` gets what it says, `on_stop` the reason when it can say
    /// nothing more.
    pub fn start(
        family: &str,
        mut on_message: impl FnMut(Message) + 'static,
        on_stop: impl Fn(String) + Clone + 'static,
    ) -> Result<PlannerWorker, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let address = ["./planner.js?engine=", family, "&build=", BUILD].concat();
        let worker = Worker::new_with_options(&address, &options).map_err(words)?;
        let on_unread = on_stop.clone();
        let on_message =
            Closure::new(move |event: MessageEvent| match serde_wasm_bindgen::from_value::<Message>(event.data()) {
                Ok(message) => on_message(message),
                Err(error) => on_unread(error.to_string()),
            });
        let on_error = Closure::new(move |event: Event| {
            event.prevent_default();
            let reason = js_sys::Reflect::get(&event, &"message".into()).ok().and_then(|value| value.as_string());
            on_stop(reason.unwrap_or_else(|| "it could not be loaded".to_string()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(PlannerWorker { worker, _on_message: on_message, _on_error: on_error })
    }

    /// Asks; the answer comes as a message.
    pub fn ask(&self, ask: &Ask) -> Result<(), String> {
        let message =
            ask.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(|error| error.to_string())?;
        self.worker.post_message(&message).map_err(words)
    }
}

/// What a browser's error says.
fn words(error: JsValue) -> String {
    js_sys::Reflect::get(&error, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| "the browser refused".to_string())
}

impl PlannerWorker {
    /// Ends it: nothing more is heard of it.
    pub fn end(&self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
