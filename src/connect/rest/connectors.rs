//! `/connectors`: making, seeing, changing and ending connectors.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::media::Body;
use super::{Resource, body, of_http};
use crate::connect::herder::{ConnectorInfo, Herder, Refusal, TargetState};

type Answer = Result<Response, Refusal>;

pub(super) fn resources() -> Vec<Resource> {
    let config = get(config).put(put_config).patch(patch_config);
    vec![
        ("/connectors", "GET,POST", get(list).post(create)),
        ("/connectors/{name}", "GET,DELETE", get(info).delete(delete)),
        ("/connectors/{name}/config", "GET,PUT,PATCH", config),
        ("/connectors/{name}/status", "GET", get(status)),
        ("/connectors/{name}/restart", "POST", post(restart)),
        ("/connectors/{name}/pause", "PUT", put(pause)),
        ("/connectors/{name}/resume", "PUT", put(resume)),
        ("/connectors/{name}/stop", "PUT", put(stop)),
        ("/connectors/{name}/tasks", "GET", get(tasks)),
        ("/connectors/{name}/tasks/{task}/status", "GET", get(task_status)),
        ("/connectors/{name}/tasks/{task}/restart", "POST", post(restart_task)),
        ("/connectors/{name}/topics", "GET", get(topics)),
        ("/connectors/{name}/topics/reset", "PUT", put(reset_topics)),
    ]
}

/// The names, or with `?expand=info&expand=status` what is known of each.
async fn list(
    State(herder): State<Herder>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let expand: Vec<&str> =
        query.iter().filter(|(key, _)| key == "expand").map(|(_, value)| value.as_str()).collect();
    let names = herder.names().await;
    if expand.is_empty() {
        return Json(names).into_response();
    }
    let mut all = Map::new();
    for name in names {
        let mut one = Map::new();
        for expansion in &expand {
            // A connector that is deleted meanwhile is left out.
            match *expansion {
                "status" => one.extend(entry("status", herder.state(&name).await.ok())),
                "info" => one.extend(entry("info", herder.info(&name).await.ok())),
                _ => {}
            }
        }
        all.insert(name, Value::Object(one));
    }
    Json(all).into_response()
}

fn entry(key: &str, value: Option<impl serde::Serialize>) -> Option<(String, Value)> {
    Some((key.to_owned(), serde_json::to_value(value?).ok()?))
}

async fn create(State(herder): State<Herder>, headers: HeaderMap, Body(body): Body) -> Answer {
    let request = body::create_connector(&body)?;
    let info = herder.create(&request.name, request.config, request.initial_state).await?;
    Ok(created(&headers, &info))
}

fn created(headers: &HeaderMap, info: &ConnectorInfo) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let location = format!("http://{host}/connectors/{}", escaped(&info.name));
    (StatusCode::CREATED, [(header::LOCATION, location)], Json(info)).into_response()
}

/// A name as part of a path.
fn escaped(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

async fn info(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    Ok(Json(herder.info(&name).await?).into_response())
}

async fn config(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    Ok(Json(herder.info(&name).await?.config).into_response())
}

async fn put_config(
    State(herder): State<Herder>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body(body): Body,
) -> Answer {
    match herder.put_config(&name, body::config(&body)?).await? {
        (true, info) => Ok(created(&headers, &info)),
        (false, info) => Ok(Json(info).into_response()),
    }
}

async fn patch_config(
    State(herder): State<Herder>,
    Path(name): Path<String>,
    Body(body): Body,
) -> Answer {
    // Whether there is such a connector is asked before nothing is found to change.
    if body.is_empty() {
        herder.info(&name).await?;
    }
    Ok(Json(herder.patch_config(&name, body::config(&body)?).await?).into_response())
}

async fn delete(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    herder.delete(&name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn status(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    Ok(Json(herder.state(&name).await?).into_response())
}

/// `?includeTasks=true&onlyFailed=true`; as in Java, whatever is not `true` is false.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RestartScope {
    include_tasks: String,
    only_failed: String,
}

async fn restart(
    State(herder): State<Herder>,
    Path(name): Path<String>,
    Query(scope): Query<RestartScope>,
) -> Answer {
    let is_true = |text: &str| text.eq_ignore_ascii_case("true");
    let (include_tasks, only_failed) = (is_true(&scope.include_tasks), is_true(&scope.only_failed));
    if !include_tasks && !only_failed {
        herder.restart(&name).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let plan = herder.restart_with_tasks(&name, include_tasks, only_failed).await?;
    Ok((StatusCode::ACCEPTED, Json(plan)).into_response())
}

async fn pause(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    herder.set_target(&name, TargetState::Paused).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

async fn resume(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    herder.set_target(&name, TargetState::Started).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

async fn stop(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    herder.set_target(&name, TargetState::Stopped).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn tasks(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    Ok(Json(herder.tasks(&name).await?).into_response())
}

async fn task_status(
    State(herder): State<Herder>,
    Path((name, task)): Path<(String, String)>,
) -> Answer {
    let Ok(task) = task.parse() else { return Ok(of_http(StatusCode::NOT_FOUND)) };
    Ok(Json(herder.task_state(&name, task).await?).into_response())
}

async fn restart_task(
    State(herder): State<Herder>,
    Path((name, task)): Path<(String, String)>,
) -> Answer {
    let Ok(task) = task.parse() else { return Ok(of_http(StatusCode::NOT_FOUND)) };
    herder.restart_task(&name, task).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn topics(State(herder): State<Herder>, Path(name): Path<String>) -> Response {
    let topics = herder.active_topics(&name).await;
    Json(json!({ name: { "topics": topics } })).into_response()
}

async fn reset_topics(State(herder): State<Herder>, Path(name): Path<String>) -> StatusCode {
    herder.reset_active_topics(&name).await;
    StatusCode::ACCEPTED
}
