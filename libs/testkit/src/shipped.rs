//! What a service is shipped with, as its container sees it: variables and files out of the manifests for Kubernetes and out of
//! `deploy/compose.yaml`. A service's test gives them to its own reading of settings, of which no schema of manifests knows.
//!
//! Addresses of contracts are everybody's own: where the zero address holds their place, another one is put.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize as _;
use serde_norway::Value;
use tempfile::TempDir;

/// The address that has to be replaced, and what it is replaced with.
const NOBODYS: &str = "0x0000000000000000000000000000000000000000";
const SOMEBODYS: &str = "0x1380000000000000000000000000000000000001";

/// Why what is shipped could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file is not there.
    #[error("{}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is no YAML.
    #[error("{}", path.display())]
    Yaml {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_norway::Error,
    },
    /// A container names a variable twice, of which a later apply may drop either.
    #[error("{0} is set twice")]
    Twice(String),
    /// Something that is named is nowhere.
    #[error("there is no {0}")]
    Missing(String),
}

/// One way in which a service is started.
#[derive(Debug)]
pub struct Shipped {
    /// Where it stands.
    pub from: &'static str,
    /// The environment.
    pub variables: BTreeMap<String, String>,
    /// What `--config` names.
    pub file: Option<PathBuf>,
    /// What is mounted.
    _folder: TempDir,
}

/// What is mounted where, as text.
#[derive(Debug, Default)]
struct Mounts {
    /// By the path in the container.
    files: BTreeMap<String, String>,
    folders: Vec<String>,
}

/// Every way in which this service is shipped. Settings make clients, so the process has its provider of TLS after this.
///
/// # Errors
/// [`Error`].
pub fn shipped(service: &str) -> Result<Vec<Shipped>, Error> {
    // An error says that somebody was first.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    let deployment = document(&format!("services/{service}/k8s/deployment.yaml"))?;
    let data = data(service)?;
    let (mut secured, mut changed) = (deployment.clone(), data.clone());
    secure(service, &mut secured, &mut changed)?;
    let local = start("deploy/k8s/local", &deployment, &data)?;
    let certificates = start("deploy/k8s/components/mutual-tls", &secured, &changed)?;
    Ok(vec![local, certificates, composed(service)?])
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_path_buf()
}

/// The documents of a file.
fn documents(path: &str) -> Result<Vec<Value>, Error> {
    let path = root().join(path);
    let text = fs::read_to_string(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
    let all = serde_norway::Deserializer::from_str(&text).map(Value::deserialize).collect::<Result<Vec<_>, _>>();
    all.map_err(|source| Error::Yaml { path, source })
}

fn document(path: &str) -> Result<Value, Error> {
    documents(path)?.into_iter().next().ok_or_else(|| Error::Missing(path.to_owned()))
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_sequence).into_iter().flatten()
}

/// What is not there is null, as in YAML.
static NOTHING: Value = Value::Null;

fn under<'a>(value: &'a Value, key: &str) -> &'a Value {
    value.get(key).unwrap_or(&NOTHING)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A scalar as a container's environment has it.
fn scalar(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value.replace(NOBODYS, SOMEBODYS),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => String::new(),
    }
}

fn pairs(value: Option<&Value>) -> BTreeMap<String, String> {
    let all = value.and_then(Value::as_mapping).into_iter().flatten();
    all.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), scalar(value)))).collect()
}

/// ConfigMaps and Secrets by name.
type Data = BTreeMap<String, BTreeMap<String, String>>;

/// The service's ConfigMaps, and the Secrets of a try.
fn data(service: &str) -> Result<Data, Error> {
    let mut all = BTreeMap::new();
    for map in documents(&format!("services/{service}/k8s/configmap.yaml"))? {
        all.insert(text(under(&map, "metadata"), "name").to_owned(), pairs(map.get("data")));
    }
    for secret in list(&document("deploy/k8s/local/kustomization.yaml")?, "secretGenerator") {
        let literals = list(secret, "literals").filter_map(|one| one.as_str()?.split_once('='));
        let literals = literals.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        all.insert(text(secret, "name").to_owned(), literals);
    }
    // Whose content nobody reads before the service listens.
    let certificate = ["tls.crt", "tls.key", "ca.crt"].map(|name| (name.to_owned(), "PEM".to_owned()));
    all.insert(format!("{service}-tls"), certificate.into());
    Ok(all)
}

/// What the component adds to a Deployment, and changes in its ConfigMaps.
fn secure(service: &str, deployment: &mut Value, data: &mut Data) -> Result<(), Error> {
    let path = "deploy/k8s/components/mutual-tls/kustomization.yaml";
    let component = document(path)?;
    for patch in list(&component, "patches") {
        let name = text(under(patch, "target"), "name");
        let mut map = data.get_mut(name);
        if map.is_none() && name != service {
            continue;
        }
        let steps: Vec<Value> =
            serde_norway::from_str(text(patch, "patch")).map_err(|source| Error::Yaml { path: path.into(), source })?;
        for step in steps {
            let (place, value) = (text(&step, "path"), step.get("value").cloned().unwrap_or_default());
            match &mut map {
                Some(map) => {
                    let key = place.strip_prefix("/data/").filter(|key| map.contains_key(*key));
                    let key = key.ok_or_else(|| Error::Missing(place.to_owned()))?;
                    map.insert(key.to_owned(), scalar(&value));
                }
                None => add(deployment, place, value)?,
            }
        }
    }
    Ok(())
}

/// A step of JSON Patch that puts something at the end of a list.
fn add(document: &mut Value, path: &str, value: Value) -> Result<(), Error> {
    let missing = || Error::Missing(path.to_owned());
    let mut place = document;
    for segment in path.strip_suffix("/-").ok_or_else(missing)?.split('/').skip(1) {
        let next = match segment.parse::<usize>() {
            Ok(index) => place.get_mut(index),
            Err(_) => place.get_mut(segment),
        };
        place = next.ok_or_else(missing)?;
    }
    place.as_sequence_mut().ok_or_else(missing)?.push(value);
    Ok(())
}

fn start(from: &'static str, deployment: &Value, data: &Data) -> Result<Shipped, Error> {
    let pod = ["spec", "template", "spec"].into_iter().fold(deployment, under);
    let container = list(pod, "containers").next().ok_or_else(|| Error::Missing("container".to_owned()))?;
    let named = |name: &str| data.get(name).ok_or_else(|| Error::Missing(name.to_owned()));
    let mut mounts = Mounts::default();
    for mount in list(container, "volumeMounts") {
        let Some(volume) = list(pod, "volumes").find(|volume| text(volume, "name") == text(mount, "name")) else {
            return Err(Error::Missing(text(mount, "name").to_owned()));
        };
        let names = [text(under(volume, "configMap"), "name"), text(under(volume, "secret"), "secretName")];
        if let Some(name) = names.into_iter().find(|name| !name.is_empty()) {
            mounts.put(text(mount, "mountPath"), named(name)?);
        }
    }
    let mut own = BTreeMap::new();
    for one in list(container, "env") {
        let source = under(one, "valueFrom");
        let value = match (source.get("configMapKeyRef"), source.get("secretKeyRef")) {
            (Some(key), _) => named(text(key, "name"))?.get(text(key, "key")).cloned(),
            (None, Some(key)) => named(text(key, "name"))?.get(text(key, "key")).cloned(),
            (None, None) if source.get("fieldRef").is_some() => Some("pod-0".to_owned()),
            (None, None) => one.get("value").map(scalar),
        };
        let name = text(one, "name").to_owned();
        // What is optional and not there is not set.
        if let Some(value) = value
            && own.insert(name.clone(), value).is_some()
        {
            return Err(Error::Twice(name));
        }
    }
    let mut variables = BTreeMap::new();
    for source in list(container, "envFrom") {
        variables.extend(named(text(under(source, "configMapRef"), "name"))?.clone());
    }
    variables.extend(own);
    mounts.start(from, variables, container.get("args"))
}

/// As Docker starts it, with nothing set beside the file.
fn composed(service: &str) -> Result<Shipped, Error> {
    let from = "deploy/compose.yaml";
    let mut file = document(from)?;
    file.apply_merge().map_err(|source| Error::Yaml { path: from.into(), source })?;
    let container = under(under(&file, "services"), service);
    let mut mounts = Mounts::default();
    for (host, inside) in list(container, "volumes").filter_map(|one| one.as_str()?.split_once(':')) {
        let path = root().join("deploy").join(host);
        let text = fs::read_to_string(&path).map_err(|source| Error::Io { path, source })?;
        let (folder, name) = inside.trim_end_matches(":ro").rsplit_once('/').unwrap_or_default();
        mounts.put(folder, &BTreeMap::from([(name.to_owned(), text.replace(NOBODYS, SOMEBODYS))]));
    }
    let variables = pairs(container.get("environment")).into_iter();
    let variables = variables.map(|(name, value)| (name, filled(&value))).collect();
    mounts.start(from, variables, container.get("command"))
}

/// `${NAME:-default}` with nothing set; an address without a default is somebody's.
fn filled(value: &str) -> String {
    let Some(inner) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
        return value.to_owned();
    };
    match inner.split_once(":-") {
        Some((name, "")) if name.ends_with("ADDRESS") => SOMEBODYS.to_owned(),
        Some((_, default)) => default.to_owned(),
        None => String::new(),
    }
}

impl Mounts {
    fn put(&mut self, folder: &str, files: &BTreeMap<String, String>) {
        self.folders.push(folder.to_owned());
        self.files.extend(files.iter().map(|(name, text)| (format!("{folder}/{name}"), text.clone())));
    }

    /// Everything below a folder of the test's own, and every path with it.
    fn start(
        self,
        from: &'static str,
        variables: BTreeMap<String, String>,
        arguments: Option<&Value>,
    ) -> Result<Shipped, Error> {
        let folder = tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })?;
        let base = folder.path().display().to_string();
        let placed = |text: &str| {
            let moved = |text: String, one: &String| text.replace(&format!("{one}/"), &format!("{base}{one}/"));
            self.folders.iter().fold(text.to_owned(), moved)
        };
        for (path, text) in &self.files {
            let path = PathBuf::from(placed(path));
            let written = fs::create_dir_all(path.parent().unwrap_or(folder.path()))
                .and_then(|()| fs::write(&path, placed(text)));
            written.map_err(|source| Error::Io { path, source })?;
        }
        let arguments: Vec<_> = arguments.and_then(Value::as_sequence).into_iter().flatten().collect();
        let named = arguments.iter().skip_while(|one| one.as_str() != Some("--config")).nth(1);
        let file = named.and_then(|one| one.as_str()).map(|path| PathBuf::from(placed(path)));
        let variables = variables.into_iter().map(|(name, value)| (name, placed(&value))).collect();
        Ok(Shipped { from, variables, file, _folder: folder })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_6_paths_of_a_container_lead_to_what_is_mounted_there() {
        for one in shipped("tokenization-gateway").unwrap() {
            let file = fs::read_to_string(one.file.as_ref().unwrap()).unwrap();
            assert!(file.contains("[[assets]]") && !file.contains(NOBODYS), "{}: {file}", one.from);
            assert!(one.variables["GUARD_URL"].starts_with("http"), "{}: {:?}", one.from, one.variables);
            for path in one.variables.iter().filter(|(name, _)| name.ends_with("_FILE")).map(|(_, path)| path) {
                assert!(Path::new(path).exists(), "{}: {path}", one.from);
            }
        }
        let gateway = &shipped("tokenization-gateway").unwrap()[1];
        assert!(gateway.variables["GUARD_URL"].starts_with("https://"), "{:?}", gateway.variables);
        let secured = &shipped("ops-console").unwrap()[1];
        assert_eq!(secured.variables["CONSOLE__GRPC__PLAINTEXT"], "false");
        assert!(Path::new(&secured.variables["CONSOLE__GRPC__TLS_KEY_FILE"]).exists());
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        assert_eq!(filled("${HEARTBEAT:-60}"), "60");
        assert_eq!(filled("${ROUTER_ADDRESS:-}"), SOMEBODYS);
        assert_eq!(filled("http://anvil:8545"), "http://anvil:8545");
    }
}
