// exec: runs commands.

#include <flowrun/ext/outlet.h>
#include <flowrun/ext/written.h>
#include <flowrun/component.hh>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "components.hh"
#include "exec/command.hh"
#include "exec/job.hh"
#include "exec/kept_coprocess.hh"
#include "exec/last_words.hh"
#include "exec/loop.hh"
#include "exec/task.hh"
#include "formats/masked.hh"

namespace flowrun::core {
namespace {

using namespace sdk;
using namespace exec;

Form form_of(std::string_view name) {
    if (name == "ndjson") return Form::ndjson;
    if (name == "lines") return Form::lines;
    if (name == "text") return Form::text;
    return name == "none" ? Form::none : Form::json;
}

class Exec {
public:
    static constexpr Description description = {
        .id = "exec",
        .summary = "Runs a command for each message, or keeps one that answers them all",
        .doc =
            "No shell is involved: the program is found along PATH and gets its arguments as they stand, so that "
            "nothing in a message can become a command.\n"
            "Output. json: all that it prints is one value. text: one string, without its last line break. ndjson, "
            "lines: a message a line, sent as they come, with meta.index and an id of their own. none: what it prints "
            "is thrown away, and the message itself goes on. The reply is that of the downstream or, with json and "
            "text, else the output.\n"
            "Errors. failed: its exit code is not among ok_codes, a signal killed it, or it printed what 'output' does "
            "not allow. unavailable: exit code 75, or the system is short of something. permanent: it cannot be run, "
            "or exit code 126 or 127. overflow, not retried: it printed too much. error.detail has command, exit_code "
            "or signal, and stderr, the last 4 KiB of it. With ndjson and lines each line is a delivery of its own: "
            "one that fails, or is not JSON, does not keep those after it, and the call fails with all that failed "
            "when the command has ended. Lines that were sent before it failed stay sent.\n"
            "mode: stream. One process is kept for all messages. Each is a line for it, JSON or the text that 'stdin' "
            "gives, and the next line that it prints is the answer: JSON, or with output: lines a string. The program "
            "has to answer each line with one, at once (many need an option such as sed -u). When it dies, what it "
            "has not answered fails as unavailable, and the next message starts it again. A bad exit while no message "
            "waits, and a line that answers none, make the node fail at the end of the run. It is ended and started "
            "again as well when a message is not answered by its deadline, and when it prints a line that nobody "
            "waits for, since answers could not be told apart any more; a program that prints more than it should may "
            "be found "
            "out only after a later message has had a line that was not its own. argv and env cannot depend on the "
            "message.\n"
            "Ends. At a deadline the command and all in its process group get TERM, and KILL after kill_after; when "
            "the run is cut short, KILL after 0.1 s at the most. What a command leaves behind in its group is told to "
            "end 0.2 s after it has exited; what is to stay needs a session of its own (setsid), and is not waited for "
            "even where "
            "it keeps the pipes. When flowrun itself "
            "is killed the kernel kills the command, but not what that has started.\n"
            "Environment. That of flowrun, without the variables that the flow's secrets may come from; FLOWRUN_NODE, "
            "and "
            "in mode each FLOWRUN_MESSAGE_ID and TRACEPARENT. There is no terminal.",
        .settings = R"({"type": "object", "required": ["argv"], "properties": {
            "argv": {"type": "array", "minItems": 1, "x-message": true,
                     "items": {"type": ["string", "number", "boolean"], "x-text": true},
                     "description": "The program and its arguments; no shell reads them"},
            "mode": {"type": "string", "enum": ["each", "stream"], "default": "each",
                     "description": "each: a process a message; stream: one for all, a line in and a line out for each"},
            "stdin": {"x-message": true, "x-text": true,
                      "description": "What it reads: text as it is, null nothing, all else as JSON; left out: the message"},
            "output": {"type": "string", "enum": ["json", "ndjson", "lines", "text", "none"], "default": "json",
                       "description": "What it prints: a value, a value a line, a string a line, one string, or nothing of use"},
            "env": {"type": "object", "x-message": true, "x-secret": true, "additionalProperties": {"x-text": true},
                    "description": "Variables added to the environment; null takes one away"},
            "cwd": {"type": "string", "description": "The folder in which it runs; left out: that of flowrun"},
            "ok_codes": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}, "default": [0],
                         "description": "The exit codes that are no failure"},
            "max_output": {"x-size": true, "default": "64MiB",
                           "description": "The most it may print; with ndjson and lines, the longest line"},
            "kill_after": {"x-duration": true, "default": "5s",
                           "description": "How long it has to end once it was told to, before it is killed"},
            "stderr": {"type": "string", "enum": ["keep", "log"], "default": "keep",
                       "description": "keep: its end is shown if the command fails; log: all of it is, as it comes"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "What the command printed"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE,
    };

    Exec(Node node, Value settings) : task_(task_of(node, settings)) {
        if (!task_.cwd.empty()) need_folder(task_.cwd);
        Environment environment = Environment::inherited();
        // Each message has its own; where the run has no trace, the one that it was given goes on.
        trace_ = environment.get("TRACEPARENT");
        for (const char* name : {"TRACEPARENT", "FLOWRUN_MESSAGE_ID"}) environment.unset(name);
        environment.set("FLOWRUN_NODE", node.name());
        if (const Value env = settings["env"]) {
            environment.add(env);
            environment_is_fixed_ = true;
        }
        environment_ = std::make_shared<const Environment>(std::move(environment));
        if (const Value argv = settings["argv"]) {
            argv_ = words_of(argv);
            path_ = program_of(argv_.front(), environment_->get("PATH"), task_.cwd);
        }
        check_written(node);
        have_last_words();
        loops_ = Loops::shared();
        if (settings["mode"].string() == "stream") begin_stream();
    }
    // Settings as they were written: what depends on the message holds ${…}.
    static std::vector<Mistake> check(const flowrun_host*, Value settings) {
        std::vector<Mistake> all;
        const Value argv = settings["argv"], env = settings["env"], given = settings["stdin"];
        if (settings["mode"].string() == "stream") {
            if (varies(argv)) all.push_back({"in mode stream 'argv' cannot depend on the message", "argv"});
            if (varies(env)) all.push_back({"in mode stream 'env' cannot depend on the message", "env"});
            if (settings["output"].string() == "none") {
                all.push_back({"in mode stream 'output' cannot be none", "output"});
            }
            if (!varies(given) && given.string().value_or("").find('\n') != std::string_view::npos) {
                all.push_back({"'stdin' holds a line break, which mode stream cannot send", "stdin"});
            }
        }
        if (argv.is(Kind::list)) told([&] { (void)words_of(argv); }, "argv", false, all);
        if (env.is(Kind::map)) told([&] { Environment().add(env); }, "env", false, all);
        if (all.empty()) warn_of_missing(settings, all);
        return all;
    }

    // What is not there now may be when the flow runs.
    static void warn_of_missing(Value settings, std::vector<Mistake>& all) {
        const std::string cwd(settings["cwd"].string().value_or(""));
        if (!cwd.empty()) told([&] { need_folder(cwd); }, "cwd", true, all);
        const auto program = settings["argv"].at(0).string();
        if (!all.empty() || settings["env"] || !program || program->find("${") != program->npos) return;
        const Environment environment = Environment::inherited();
        told([&] { (void)program_of(std::string(*program), environment.get("PATH"), cwd); }, "argv", true, all);
    }

    template <class Try>
    static void told(Try tried, const char* setting, bool warning, std::vector<Mistake>& all) {
        try {
            tried();
        } catch (const Failure& failure) { all.push_back({failure.what(), setting, {}, warning}); }
    }

    Exec(const Exec&) = delete;
    Exec& operator=(const Exec&) = delete;

    // The loops may outlive this node; nothing that they do may look at it any more.
    ~Exec() {
        task_.processes->stop();
        each_child([](Child& child) { child.hurry(0); });
        if (task_.processes->wait()) return;
        std::vector<std::future<void>> left;
        for (const auto& loop : loops_->all()) {
            auto passed = std::make_shared<std::promise<void>>();
            left.push_back(passed->get_future());
            loop->post([passed, processes = task_.processes, &at = *loop] {
                for (const auto& handle : at.handles()) {
                    auto& child = static_cast<Child&>(*handle);
                    if (child.processes() == processes.get()) child.leave();
                }
                passed->set_value();
            });
        }
        for (auto& one : left) one.wait();
    }

    Status handle(Call call, std::uint32_t, Value message) {
        if (task_.processes->stopped()) return call.fail(Status::cancelled, "the run is ending");
        return coprocess_ ? send_line(call, message) : run_one(call, message);
    }

    // Processes that were told to end have their time to do so.
    Status end(Call call) {
        if (coprocess_) coprocess_->close();
        (void)task_.processes->wait();
        const auto trouble = coprocess_ ? coprocess_->trouble() : std::nullopt;
        return trouble ? call.fail(*trouble) : Status::ok;
    }

    // The run is cut short. Done before a further signal can end the process: the runner takes none for a tenth of a
    // second.
    void stop() {
        task_.processes->stop();
        each_child([](Child& child) { child.hurry(milliseconds(90)); });
    }

private:
    static constexpr std::uint32_t argv_setting = 0, stdin_setting = 2, env_setting = 4;

    static Task task_of(Node node, Value settings) {
        Task task(node);
        task.output = form_of(settings["output"].string().value_or("json"));
        for (Value code : settings["ok_codes"].items()) task.ok_codes.push_back(code.integer().value_or(0));
        task.max_output = settings["max_output"].unsigned_integer().value_or(std::uint64_t{64} << 20U);
        task.kill_after = settings["kill_after"].integer().value_or(0);
        const auto* const outlet = node.extension<flowrun_outlet>(FLOWRUN_OUTLET_ID);
        task.sends = !outlet || outlet->kind(node.raw(), 0) != FLOWRUN_OUTLET_NONE;
        task.log_errors = settings["stderr"].string() == "log";
        task.secrets = formats::secrets_of(node);
        task.cwd = settings["cwd"].string().value_or("");
        return task;
    }

    static void need_folder(const std::string& path) {
        struct stat what{};
        const int error = ::stat(path.c_str(), &what) != 0 ? errno : S_ISDIR(what.st_mode) ? 0 : ENOTDIR;
        if (error) throw Failure(Status::permanent, "cwd '" + path + "': " + std::strerror(error));
    }

    static bool varies(Value value) {
        bool any = value.string().value_or("").find("${") != std::string_view::npos;
        for (Value one : value.items()) any = any || varies(one);
        for (auto [name, one] : value.entries()) any = any || varies(one);
        return any;
    }

    // The part of a command that no message changes.
    void check_written(Node node) {
        const auto* const written = node.extension<flowrun_written>(FLOWRUN_WRITTEN_ID);
        if (!written) return;
        Builder builder(node.values());
        written->settings(node.raw(), builder.raw());
        const Value all = builder.finish();
        const bool environment_varies = all["env"] && !environment_is_fixed_;
        const auto program = all["argv"].at(0).string();
        if (!argv_.empty() || environment_varies || !program || program->find("${") != program->npos) return;
        (void)program_of(std::string(*program), environment_->get("PATH"), task_.cwd);
    }

    void begin_stream() {
        Command command{.path = path_, .argv = argv_, .base = environment_, .own = {}, .cwd = task_.cwd};
        tell(command, "TRACEPARENT", trace_);
        coprocess_.emplace(task_, *loops_, std::move(command));
    }

    Status run_one(Call call, Value message) {
        std::optional<Command> command = command_for(call);
        if (!command) return call.setting_status();
        const Value given = call.setting(stdin_setting);
        if (!given && is_error(call.setting_status())) return call.setting_status();
        Input input = input_of(given ? given : message);
        const Time deadline = deadline_of(call);
        Kept kept = task_.output == Form::none ? message.keep() : Kept();
        Ticket ticket = call.pend();
        if (!ticket) return call.fail(Status::internal, "exec cannot wait in a call of this kind");
        Job::send(std::make_shared<Job>(task_, loops_->least_busy(), std::move(ticket), std::move(*command),
                                        std::move(input), std::move(kept), deadline));
        return Status::pending;
    }

    Status send_line(Call call, Value message) {
        if (!environment_is_fixed_ && call.setting(env_setting)) {
            throw Failure(Status::invalid, "in mode stream 'env' cannot depend on the message");
        }
        const Value given = call.setting(stdin_setting);
        if (!given && is_error(call.setting_status())) return call.setting_status();
        std::string line;
        if (given && given.text()) line = *given.text();
        else line = (given ? given : message).json();
        if (line.find('\n') != line.npos)
            throw Failure(Status::invalid, "'stdin' holds a line break, which mode stream cannot send");
        line.push_back('\n');
        const Time deadline = deadline_of(call);
        Ticket ticket = call.pend();
        if (!ticket) return call.fail(Status::internal, "exec cannot wait in a call of this kind");
        coprocess_->send(std::move(ticket), line, deadline);
        return Status::pending;
    }

    // Nothing: a setting could not be evaluated.
    std::optional<Command> command_for(Call call) {
        Command command{.path = path_, .argv = argv_, .base = environment_, .own = {}, .cwd = task_.cwd};
        if (!environment_is_fixed_) {
            if (const Value env = call.setting(env_setting)) {
                Environment own = *environment_;
                own.add(env);
                command.base = std::make_shared<const Environment>(std::move(own));
            } else if (is_error(call.setting_status())) {
                return std::nullopt;
            }
        }
        if (argv_.empty()) {
            const Value argv = call.setting(argv_setting);
            if (!argv) return std::nullopt;
            command.argv = words_of(argv);
            command.path = program_of(command.argv.front(), command.base->get("PATH"), task_.cwd);
        }
        const flowrun_meta meta = call.meta();
        tell(command, "FLOWRUN_MESSAGE_ID", std::string_view(meta.id, meta.id ? meta.id_size : 0));
        const std::string trace = call.traceparent();
        tell(command, "TRACEPARENT", trace.empty() ? trace_ : trace);
        return command;
    }

    static void tell(Command& command, std::string_view name, std::string_view value) {
        if (value.empty() || !command.base->get(name).empty()) return;
        command.own.push_back(std::string(name) + "=" + std::string(value));
    }

    // Shortly before the call's own, so that the error says what the command wrote; on the loops' clock.
    Time deadline_of(Call call) const {
        const Time deadline = call.deadline();
        if (deadline == never) return never;
        const std::int64_t left = std::max<std::int64_t>(deadline - task_.node.now(), 0);
        const std::int64_t margin = std::clamp(left / 50, milliseconds(1), milliseconds(100));
        return after(Loop::now(), std::max<std::int64_t>(left - margin, 0));
    }

    template <class Act>
    void each_child(Act act) {
        for (const auto& loop : loops_->all()) {
            loop->post([act, processes = task_.processes, &at = *loop] {
                // By number: what is told to end may leave the list.
                for (std::size_t i = at.handles().size(); i > 0; --i) {
                    if (i > at.handles().size()) continue;
                    auto& child = static_cast<Child&>(*at.handles()[i - 1]);
                    if (child.processes() == processes.get()) act(child);
                }
            });
        }
    }

    const Task task_;
    std::shared_ptr<const Environment> environment_;
    bool environment_is_fixed_ = false;  // 'env' is given, and the same for all
    std::vector<std::string> argv_;      // empty: it depends on the message
    std::string path_;
    std::string trace_;  // TRACEPARENT as it was inherited
    std::shared_ptr<Loops> loops_;
    std::optional<KeptCoprocess> coprocess_;
};

}  // namespace

constinit const flowrun_component exec_component = sdk::component<Exec>();

}  // namespace flowrun::core
