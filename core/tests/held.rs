//! A build answers for the engines that it holds and says so for the others, whatever its features:
//! `cargo test -p lockstep-core --no-default-features --features sqlite --test held`.

use lockstep_core::report::{Severity, Verdict};
use lockstep_core::target::{Engine, Target};
use lockstep_core::{Request, plan};

fn asked(engine: Engine) -> Request {
    Request { engine: engine.id().into(), sql: "CREATE TABLE t (id bigint PRIMARY KEY);".into(), ..Request::default() }
}

#[test]
fn an_engine_that_is_not_held_is_never_planned_for() {
    for engine in Engine::ALL.into_iter().filter(|engine| !engine.is_held()) {
        let report = plan(&asked(engine));
        assert_eq!(report.verdict, Verdict::RequiresApproval);
        assert!(report.phases.is_empty() && report.statements.is_empty());
        let said: Vec<_> = report.diagnostics.iter().map(|said| (said.id.as_str(), said.severity)).collect();
        assert_eq!(said, [("engine-not-held", Severity::Danger)]);
        let named = |text: &String| text.contains("does not hold") && text.contains(engine.title());
        assert!(report.reasons.iter().all(named), "{:?}", report.reasons);
    }
}

#[test]
fn an_engine_that_is_held_is_planned_for() {
    for engine in Engine::ALL.into_iter().filter(|engine| engine.is_held()) {
        assert_eq!(Target::parse(engine.id()).map(Target::engine), Ok(engine));
        let report = plan(&asked(engine));
        assert_eq!((report.verdict, report.statements.len()), (Verdict::Safe, 1), "{}", report.headline);
    }
}
