//! A project of each framework, as small as it can be, around the files that we write.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Where the database is.
#[derive(Clone)]
pub enum Database {
    /// Port and name, of the user `postgres`.
    Postgres(u16, String),
    /// A file.
    Sqlite(PathBuf),
}

/// A project.
pub struct Project {
    pub framework: &'static str,
    pub home: TempDir,
    database: Database,
    /// The folder of the frameworks.
    tools: PathBuf,
    /// Files of plain SQL that were run.
    applied: RefCell<Vec<PathBuf>>,
}

impl Project {
    /// A project without migrations.
    pub fn new(framework: &'static str, database: Database) -> Project {
        let home = tempfile::Builder::new().prefix("lockstep-project").tempdir().expect("a temporary folder");
        let project = Project { framework, home, database, tools: tools(), applied: RefCell::default() };
        match framework {
            "alembic" => project.alembic(),
            "django" => project.django(),
            "flyway" | "sql" => {}
            "prisma" => project.prisma(),
            "rails" => project.rails(),
            other => panic!("no project for {other}"),
        }
        project
    }

    pub fn write(&self, path: &str, text: &str) {
        let file = self.home.path().join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(&file, text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Applies what is there.
    pub fn up(&self) -> Result<(), String> {
        match self.framework {
            "alembic" => self.run(self.python("alembic").args(["upgrade", "head"])),
            "django" => self.run(self.django_command().args(["migrate", "shop"])),
            "flyway" => self.run(&mut self.flyway_command("migrate")),
            "prisma" => self.run(self.prisma_command().args(["migrate", "deploy"])),
            "rails" => self.run(self.rails_command().arg("db:migrate")),
            _ => self.client_up(),
        }
    }

    /// Takes back as many migrations as were applied, where the framework can.
    pub fn down(&self, applied: usize) -> Result<(), String> {
        match self.framework {
            "alembic" => self.run(self.python("alembic").args(["downgrade", "base"])),
            "django" => self.run(self.django_command().args(["migrate", "shop", "zero"])),
            "rails" => self.run(self.rails_command().arg("db:rollback").env("STEP", applied.to_string())),
            "sql" => {
                let applied = self.applied.take();
                applied.iter().rev().try_for_each(|up| {
                    let down = up.display().to_string().replace(".up.sql", ".down.sql");
                    self.run(&mut self.client(Path::new(&down)))
                })
            }
            other => panic!("{other} takes nothing back"),
        }
    }

    /// Runs one file by the framework, outside its history.
    pub fn execute(&self, file: &Path) -> Result<(), String> {
        self.run(self.prisma_command().args(["db", "execute", "--file"]).arg(file))
    }

    fn run(&self, command: &mut Command) -> Result<(), String> {
        let output =
            command.current_dir(self.home.path()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.success() { Ok(()) } else { Err(format!("{}: {said}", self.framework)) }
    }

    /// Plain SQL: the files that were not run yet, in order, by the client of the server.
    fn client_up(&self) -> Result<(), String> {
        let entries = fs::read_dir(self.home.path()).expect("the project").flatten().map(|entry| entry.path());
        let mut files: Vec<PathBuf> = entries.filter(|path| path.display().to_string().ends_with(".up.sql")).collect();
        files.sort();
        let mut applied = self.applied.borrow_mut();
        for file in files {
            if !applied.contains(&file) {
                self.run(&mut self.client(&file))?;
                applied.push(file);
            }
        }
        Ok(())
    }

    fn client(&self, file: &Path) -> Command {
        match &self.database {
            Database::Postgres(port, name) => {
                let mut command = Command::new(psql());
                command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres", "-p"]);
                command.args([&port.to_string(), "-d", name, "-f"]).arg(file);
                command
            }
            Database::Sqlite(database) => {
                let mut command = Command::new("sqlite3");
                command.args(["-bail", "-batch"]).arg(database);
                command.stdin(fs::File::open(file).expect("the file"));
                command
            }
        }
    }

    fn url(&self, scheme: &str) -> String {
        match &self.database {
            Database::Postgres(port, name) => format!("{scheme}://postgres@127.0.0.1:{port}/{name}"),
            Database::Sqlite(file) if scheme == "rails" => format!("sqlite3:{}", file.display()),
            Database::Sqlite(file) => format!("sqlite:///{}", file.display()),
        }
    }

    fn python(&self, program: &str) -> Command {
        let mut command = Command::new(self.tools.join("python/bin").join(program));
        command.env("PYTHONPATH", self.home.path()).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    fn alembic(&self) {
        self.write("alembic.ini", "[alembic]\nscript_location = alembic\n");
        self.write(
            "alembic/env.py",
            &format!(
                "from alembic import context\nfrom sqlalchemy import create_engine, event\n\nengine = create_engine({:?})\n\n\n\
                 @event.listens_for(engine, \"connect\")\ndef enforce(connection, record):\n    if engine.dialect.name == \"sqlite\":\n\
                 \x20       connection.execute(\"PRAGMA foreign_keys = ON\")\n\n\nwith engine.connect() as connection:\n    \
                 context.configure(connection=connection, transaction_per_migration=True)\n    with \
                 context.begin_transaction():\n        context.run_migrations()\n",
                self.url("postgresql+psycopg")
            ),
        );
        self.write("alembic/versions/README", "");
    }

    fn django(&self) {
        let database = match &self.database {
            Database::Postgres(port, name) => format!(
                "\"ENGINE\": \"django.db.backends.postgresql\", \"HOST\": \"127.0.0.1\", \"PORT\": {port}, \"NAME\": \
                 {name:?}, \"USER\": \"postgres\""
            ),
            Database::Sqlite(file) => {
                format!("\"ENGINE\": \"django.db.backends.sqlite3\", \"NAME\": {:?}", file.display().to_string())
            }
        };
        self.write(
            "settings.py",
            &format!("DATABASES = {{\"default\": {{{database}}}}}\nINSTALLED_APPS = [\"shop\"]\nSECRET_KEY = \"x\"\n"),
        );
        self.write("shop/__init__.py", "");
        self.write("shop/models.py", "");
        self.write("shop/migrations/__init__.py", "");
    }

    fn django_command(&self) -> Command {
        let mut command = self.python("django-admin");
        command.env("DJANGO_SETTINGS_MODULE", "settings");
        command
    }

    fn flyway_command(&self, goal: &str) -> Command {
        let home = self.tools.join("flyway");
        let mut command = Command::new("mvn");
        command.args(["-o", "-B", "-q", "-Dstyle.color=never", "-f"]).arg(home.join("pom.xml"));
        command.arg(format!("-Dmaven.repo.local={}", home.join("m2").display())).arg(format!("flyway:{goal}"));
        let Database::Postgres(port, name) = &self.database else { panic!("Flyway runs on PostgreSQL here") };
        for (setting, value) in [
            ("url", format!("jdbc:postgresql://127.0.0.1:{port}/{name}")),
            ("user", "postgres".to_string()),
            ("workingDirectory", self.home.path().display().to_string()),
            ("locations", "filesystem:sql".to_string()),
            ("baselineOnMigrate", "true".to_string()),
            ("postgresql.transactional.lock", "false".to_string()),
        ] {
            command.arg(format!("-Dflyway.{setting}={value}"));
        }
        command
    }

    fn prisma(&self) {
        let url = self.url("postgresql");
        self.write("prisma/schema.prisma", "datasource db {\n  provider = \"postgresql\"\n}\n");
        self.write("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n");
        self.write("prisma/migrations/00000000000000_before/migration.sql", "SELECT 1;\n");
        self.write(
            "prisma.config.mjs",
            &format!(
                "export default {{ schema: \"prisma/schema.prisma\", migrations: {{ path: \"prisma/migrations\" }}, \
                 datasource: {{ url: {url:?} }} }};\n"
            ),
        );
        // What is in the database already.
        let mut base = self.prisma_command();
        self.run(base.args(["migrate", "resolve", "--applied", "00000000000000_before"])).expect("a base line");
    }

    fn prisma_command(&self) -> Command {
        let home = self.tools.join("prisma");
        let engine = lockstep_tests::fresh::root().join("tests/frameworks/schema-engine.mjs");
        let mut command = Command::new(home.join("node_modules/.bin/prisma"));
        command.env("PRISMA_SCHEMA_ENGINE_BINARY", engine).env("LOCKSTEP_PRISMA", home);
        command.env("DATABASE_URL", self.url("postgresql")).env("PRISMA_HIDE_UPDATE_MESSAGE", "1");
        command.env("CHECKPOINT_DISABLE", "1");
        command
    }

    fn rails(&self) {
        self.write(
            "config/application.rb",
            "require \"rails\"\nrequire \"active_record/railtie\"\n\nclass Shop < Rails::Application\n  \
             config.load_defaults 6.1\n  config.eager_load = false\n  config.logger = Logger.new($stdout, level: :warn)\n  \
             config.active_record.dump_schema_after_migration = false\nend\n",
        );
        self.write("Rakefile", "require_relative \"config/application\"\nRails.application.load_tasks\n");
        self.write("config/environment.rb", "require_relative \"application\"\nRails.application.initialize!\n");
        self.write("db/migrate/README", "");
    }

    fn rails_command(&self) -> Command {
        let mut command = Command::new("rake");
        command
            .env("DATABASE_URL", self.url("rails").replace("rails://", "postgresql://"))
            .env("RAILS_ENV", "production")
            .env("SECRET_KEY_BASE", "x");
        command
    }
}

/// On PATH, or with the server.
fn psql() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let with_server = std::env::var_os("LOCKSTEP_POSTGRES").map(PathBuf::from);
    let packaged = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|e| e.path().join("bin"));
    let mut folders = std::env::split_paths(&path).chain(with_server).chain(packaged);
    let found = folders.find(|folder| folder.join("psql").is_file()).map(|folder| folder.join("psql"));
    found.unwrap_or_else(|| panic!("there is no psql; `cargo xtask test` installs it"))
}

fn tools() -> PathBuf {
    let of = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || of("XDG_CACHE_HOME").or_else(|| of("HOME").map(|home| home.join(".cache")));
    let folder = of("LOCKSTEP_FRAMEWORKS").or_else(|| cache().map(|cache| cache.join("lockstep/frameworks")));
    let folder = folder.expect("HOME is set");
    for part in ["python", "prisma", "flyway"] {
        let stamp = folder.join(part).join("installed");
        assert!(stamp.is_file(), "there is no {}; `cargo xtask test` installs it", stamp.display());
    }
    folder
}
