//! The worker: the planner in its own wasm, so that a trap or a hang costs a restart and never the page.
//!
//! In: messages `{ id, request }`. Out: one `{ ready: version }` when it listens, then `{ id, report }` per request.

use js_sys::{Object, Reflect};
use lockstep_core::Request;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

#[derive(Deserialize)]
struct Ask {
    id: u32,
    request: Request,
}

fn main() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let reply_scope = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Ok(answer) = answer(event.data()) {
            post(&reply_scope, &answer);
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    // Messages sent before this one can be lost, because the loader awaits the start of the wasm.
    let ready = Object::new();
    let _ = Reflect::set(&ready, &"ready".into(), &env!("CARGO_PKG_VERSION").into());
    post(&scope, &ready);
}

fn answer(message: JsValue) -> Result<JsValue, JsValue> {
    let ask: Ask = serde_wasm_bindgen::from_value(message)?;
    let report = lockstep_core::plan(&ask.request);
    let answer = Object::new();
    Reflect::set(&answer, &"id".into(), &ask.id.into())?;
    // Plain objects, not Maps: the report is read by JavaScript too.
    let report = report.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?;
    Reflect::set(&answer, &"report".into(), &report)?;
    Ok(answer.into())
}

fn post(scope: &DedicatedWorkerGlobalScope, message: &JsValue) {
    if let Err(error) = scope.post_message(message) {
        wasm_bindgen::throw_val(error);
    }
}
