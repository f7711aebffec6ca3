// The notations of the language and what is told of mistakes in them.

#include <catch2/catch.hpp>

#include "told.hh"

using namespace flowrun::flow;

namespace {

const std::string head =
    "flowrun: 1\nnodes:\n  a: { uses: generate }\n  b: { uses: pass }\n  c: { uses: pass }\n  d: { uses: pass }\n";

Told edges(const std::string& text) { return Told(head + "edges:\n" + text); }

// Edges as short text: "a.out -> b.in".
std::string shown(const Told& told) {
    std::string out;
    for (const EdgeSpec& edge : told.checked.flow.edges) {
        out += fmt::format("{}{}.{} {} {}.{}", out.empty() ? "" : ", ", edge.from.node, edge.from.port,
                           edge.mode == Mode::sync ? "->" : "~>", edge.to.node, edge.to.port);
    }
    return out;
}

constexpr const char* unreached = "nothing reaches";

}  // namespace

TEST_CASE("edges are written in many ways that say the same") {
    CHECK(shown(edges("  - a -> b\n")) == "a.out -> b.in");
    CHECK(shown(edges("  - a.out ~> b.in\n")) == "a.out ~> b.in");
    CHECK(shown(edges("  - a -> b ~> c\n")) == "a.out -> b.in, b.out ~> c.in");
    CHECK(shown(edges("  - a -> [b, c,d]\n")) == "a.out -> b.in, a.out -> c.in, a.out -> d.in");
    CHECK(shown(edges("  - a -> b -> [c, d]\n")) == "a.out -> b.in, b.out -> c.in, b.out -> d.in");
    CHECK(shown(edges("  - 'a ->  b'\n")) == "a.out -> b.in");
    CHECK(shown(edges("  - a -> b.in -> c\n")) == "a.out -> b.in, b.out -> c.in");
    CHECK(shown(edges("  - { from: a, to: b }\n  - { from: a.out, to: [c, d.in], mode: async }\n")) ==
          "a.out -> b.in, a.out ~> c.in, a.out ~> d.in");
    CHECK(shown(edges("  - b.error -> c\n")) == "b.error -> c.in");
    CHECK(shown(edges("  - ? a -> b\n    : { timeout: 1s }\n")) == "a.out -> b.in");
}

TEST_CASE("options belong to the last arrow of a chain, and to all its targets") {
    const Told told = edges("  - a -> b ~> [c, d]:\n      buffer: 5\n      timeout: 2s\n");
    REQUIRE(told.checked.flow.edges.size() == 3);
    CHECK(told.checked.flow.edges[0].timeout == 0);
    CHECK(told.checked.flow.edges[1].buffer.messages == 5);
    CHECK(told.checked.flow.edges[2].buffer.messages == 5);
    CHECK(told.checked.flow.edges[2].timeout == 2'000'000'000);
    CHECK(told.checked.flow.edges[1].given.size() == 2);
}

TEST_CASE("defaults stand behind an edge's own options, where they have a meaning") {
    const std::string defaults =
        "defaults:\n  edge: { timeout: 10s, buffer: 7, workers: 4, order: none, overflow: error }\n"
        "  node: { instances: 2, fanout: parallel }\n";
    const Told told(
        defaults + head +
        "edges:\n  - a -> b\n  - b ~> c: { timeout: 1s }\n  - c ~> d: { order: fifo, buffer: { bytes: 1KiB } }\n");
    INFO(told.all());
    CHECK(told.checked.issues.errors() == 0);
    const auto& all = told.checked.flow.edges;
    REQUIRE(all.size() == 3);
    CHECK(all[0].timeout == 10'000'000'000);
    CHECK(all[0].workers_max == 1);
    CHECK(all[0].given.size() == 1);
    CHECK(all[1].timeout == 1'000'000'000);
    CHECK(all[1].workers_max == 4);
    CHECK(all[1].order == Order::none);
    CHECK(all[2].workers_max == 1);
    CHECK(all[2].buffer.bytes == 1024);
    CHECK(all[2].buffer.messages == 1024);
    CHECK(all[2].overflow == Overflow::error);
    CHECK(told.checked.flow.nodes[1].instances == 2);
    CHECK(told.checked.flow.nodes[1].parallel_fanout);
}

TEST_CASE("mistakes in arrows are told with what was probably meant") {
    const std::string rest = "  - a -> [b, c, d]\n";
    const auto told = [&](const std::string& edge) { return edges("  - " + edge + "\n" + rest).all(); };
    CHECK(told("a->b") == "8:6 error: '->' needs a space on either side | write 'a -> b'");
    CHECK(told("a ->b") == "8:7 error: '->' needs a space on either side | write 'a -> b'");
    CHECK(told("a~>b") == "8:6 error: '~>' needs a space on either side | write 'a ~> b'");
    CHECK(told("a => b") == "8:7 error: '=>' is no arrow | '->' is a sync edge, '~>' an async one");
    CHECK(told("a → b") == "8:7 error: '→' is no arrow | '->' is a sync edge, '~>' an async one");
    CHECK(told("a b") == "8:7 error: expected an arrow before 'b' | '->' is a sync edge, '~>' an async one");
    CHECK(told("a") == "8:5 error: 'a' is no edge: it has no arrow | write it as a -> b (sync) or a ~> b (async)");
    CHECK(told("a ->") == "8:9 error: expected the name of a node after '->'");
    CHECK(told("'-> b'") == "8:6 error: expected the name of a node before '->'");
    CHECK(told("a -> -> b") == "8:10 error: expected the name of a node before '->'");
    CHECK(told("a -> [b c]") == "8:13 error: expected ',' or ']' in the list of targets");
    CHECK(told("a -> [b, c") == "8:15 error: expected ',' or ']' in the list of targets");
    CHECK(told("a -> [b] -> c") ==
          "8:14 error: several targets end a chain | write what follows each of them as an edge of its own");
    CHECK(told("a -> b.in.x") ==
          "8:10 error: 'in.x' is not the name of a port | names are letters, digits, '_' and '-', and begin with a "
          "letter "
          "or '_'");
    CHECK(told("a -> bb") == "8:10 error: there is no node 'bb' | there are: a, b, c, d");
    CHECK(told("a.outt -> b") == "8:7 error: 'a' has no output 'outt' | did you mean 'out'?");
    CHECK(told("a -> b.inn") == "8:12 error: 'b' has no input 'inn' | did you mean 'in'?");
    CHECK(told("b.in -> c") ==
          "8:7 error: 'in' is an input of 'b'; an edge begins at an output | outputs of 'b' are: out, error, failed");
    CHECK(told("a -> b.out") ==
          "8:12 error: 'out' is an output of 'b'; an edge ends at an input | lead the edge to 'b', and begin a new one "
          "at its output: b.out -> …");
    CHECK(told("b -> a") ==
          "8:10 error: 'a' is a source ('generate'): no edge can lead to it | edges begin at a source");
    CHECK(told("x -> y") ==
          "8:5 error: there is no node 'x' | there are: a, b, c, d\n"
          "8:10 error: there is no node 'y' | there are: a, b, c, d");
    CHECK(told("[a, b]") ==
          "8:5 error: an edge is a text such as a -> b, or a map, not a list | several targets are "
          "written a -> [b, c]");
    CHECK(told("{ from: a }") == "8:5 error: the edge has no 'to' | write { from: a, to: b }");
    CHECK(told("{ from: a, to: b, mod: async }") == "8:23 error: unknown key 'mod' in an edge | did you mean 'mode'?");
    CHECK(told("{ from: a, to: b, mode: asynch }") == "8:29 error: 'mode' cannot be 'asynch' | did you mean 'async'?");
    CHECK(told("{ when: x }") == "8:5 error: an edge needs an arrow, or 'from' and 'to' | write it as a -> b");
    CHECK(told("a -> b:\n    timeout: 1s") ==
          "9:5 error: 'timeout' stands beside the edge, not below it | indent the options of an edge deeper than its "
          "arrow");
}

TEST_CASE("mistakes in the options of an edge are told") {
    const std::string rest = "  - a -> [c, d]\n  - b.error -> d\n";
    const auto told = [&](const std::string& options, std::string_view arrow = "~>") {
        return edges(fmt::format("  - a {} b: {{ {} }}\n{}", arrow, options, rest)).all();
    };
    CHECK(told("bufer: 5") == "8:15 error: unknown key 'bufer' in the options of an edge | did you mean 'buffer'?");
    CHECK(told("timeout: 10sec") == "8:26 error: 'timeout': 'sec' is no unit | write 10s; units are ns us ms s m h d");
    CHECK(told("timeout: 10") ==
          "8:24 error: 'timeout': '10' has no unit | write 10s for seconds; units are ns us ms s m h d");
    CHECK(told("timeout: soon") ==
          "8:24 error: 'timeout': 'soon' is no duration | write a duration such as 250ms, 5s, 1m30s, 2h or 1d");
    CHECK(told("timeout: -1s").find("'-1s' is no duration") != std::string::npos);
    CHECK(told("timeout: []") == "8:24 error: 'timeout' must be a duration such as 5s, not a list");
    CHECK(told("timeout:") == "8:15 error: 'timeout' must be a duration such as 5s, not nothing");
    CHECK(told("buffer: -1") == "8:23 error: 'buffer' must be 0 to 1000000000, not '-1'");
    CHECK(told("buffer: many") == "8:23 error: 'buffer' must be an integer, not 'many'");
    CHECK(told("buffer: { mesages: 5 }") == "8:25 error: unknown key 'mesages' in 'buffer' | did you mean 'messages'?");
    CHECK(told("buffer: { bytes: 16Mb }") ==
          "8:34 error: 'bytes': 'Mb' is no unit | write 16MB; units are B, KB MB GB TB "
          "(of 1000), KiB MiB GiB TiB (of 1024)");
    CHECK(told("buffer: { bytes: 0 }") == "8:32 error: 'bytes' must be more than 0");
    CHECK(told("overflow: drop") ==
          "8:25 error: 'overflow' cannot be 'drop' | there are: block, drop_newest, drop_oldest, "
          "error");
    CHECK(told("overflow: spill") ==
          "8:25 error: 'overflow: spill' does not say where to | name its file: "
          "overflow: { spill: \"sqlite:state/name.db\" }");
    CHECK(told("overflow: { spill: memory }") ==
          "8:34 error: what memory does not hold needs a file | name its file: "
          "overflow: { spill: \"sqlite:state/name.db\" }");
    CHECK(told("overflow: { spill: \"sqlite:x.db\" }") == "");
    CHECK(told("queue: sqlit") == "8:22 error: 'sqlit' is no queue | did you mean 'sqlite'?");
    CHECK(told("queue: sqlite:x.db") == "");
    CHECK(told("queue: memory") == "");
    CHECK(told("workers: 8") ==
          "8:15 error: a fifo edge has one worker: several would break its order | say order: by_key "
          "or order: none, or take 'workers' out");
    CHECK(told("workers: { min: 3, max: 2 }, order: none") == "8:39 error: 'max' (2) is less than 'min' (3)");
    CHECK(told("workers: 0") == "8:24 error: 'workers' must be 1 to 1000000, not '0'");
    CHECK(told("order: by_key") ==
          "8:15 error: 'order: by_key' needs a key | add key: with an expression such as msg.id");
    CHECK(told("order: bykey") == "8:22 error: 'order' cannot be 'bykey' | did you mean 'by_key'?");
    CHECK(told("batch: { linger: 1s }") ==
          "8:22 error: 'batch' has no 'max' | write { max: 10, linger: 250ms } or a number");
    CHECK(told("batch: 10, buffer: 5") == "8:15 warning: a batch of 10 can never fill: the buffer holds 5");
    CHECK(told("rate: 50") ==
          "8:21 error: 'rate': '50' does not say in what time | write a rate such as 50/s, 10/m or 1/h");
    CHECK(told("rate: 50/sec") == "8:24 error: 'rate': 'sec' is no unit | write 50/s; units are /s /m /h");
    CHECK(told("timeout: 60s, deadline: 5s") ==
          "8:15 warning: a timeout of 1m never passes: the deadline of 5s is before it");
    CHECK(told("retry: { backoff: 1s }") ==
          "8:22 error: 'retry' has no 'attempts' | write { attempts: 4, backoff: 200ms } or a number");
    CHECK(told("retry: { attempts: 2, backoff: 1m, max_backoff: 30s }") ==
          "8:63 error: 'max_backoff' (30s) is less than 'backoff' (1m)");
    CHECK(told("retry: { attempts: 2, jitter: some }") ==
          "8:45 error: 'jitter' cannot be 'some' | there are: none, full, equal");
    CHECK(told("retry: { attempts: 2, factor: 0.5 }") == "8:45 error: 'factor' must be 1 to 1000, not 0.5");
    CHECK(told("retry: 0") == "8:22 error: 'retry' must be 1 to 1000000, not '0'");
    for (const char* key : {"buffer: 5", "overflow: error", "workers: 1", "order: none", "batch: 2", "rate: 1/s"}) {
        const std::string name = std::string(key).substr(0, std::string(key).find(':'));
        CHECK(told(key, "->") ==
              fmt::format("8:15 error: '{}' has no meaning on a sync edge, which has no queue | make the "
                          "edge async with '~>', or take the key out",
                          name));
    }
    for (const char* key : {"when: msg.a", "map: { a: 1 }", "key: msg.a", "timeout: 1s", "deadline: 1s", "retry: 2"}) {
        CHECK(told(key, "->") == "");
    }
}

TEST_CASE("what YAML would eat in silence is an error with the remedy to quote it") {
    const std::string rest = "  - a -> [b, c, d]\n";
    const auto told = [&](const std::string& value) {
        return edges("  - a -> b:\n      when: " + value + "\n" + rest).all();
    };
    CHECK(
        told("!msg.paid") ==
        "9:13 error: YAML takes '!msg.paid' as a tag, not as text; flows have no tags | quote it: when: \"!msg.paid\"");
    CHECK(told("!msg.paid && msg.x") ==
          "9:13 error: YAML takes '!msg.paid &&' as a tag, not as text; flows have no tags | "
          "quote it: when: \"!msg.paid && msg.x\"");
    CHECK(told("!a || b == \"x\"") ==
          "9:13 error: YAML takes '!' at the beginning of this value for a mark of its own | quote it: when: '!a || b "
          "== \"x\"'");
    CHECK(told("&a b") ==
          "9:13 error: 'when' is an expression; YAML takes '&a' for an anchor | quote it: when: \"&a b\"");
    CHECK(told("*a") ==
          "9:13 error: YAML takes '*a' for an alias, and there is no anchor 'a' | quote it: when: \"*a\"");
    CHECK(told("msg.tag == 'a #1'") ==
          "9:24 error: this text is not closed | ' #' begins a comment in YAML: quote the whole value");
    CHECK(told("msg.paid # only these") == "");
    CHECK(told("# msg.paid").find("'when' must be an expression, not nothing") != std::string::npos);
    CHECK(told("msg.a ? msg.b : msg.c") ==
          "9:27 error: not YAML: ': ' stands inside a text, where YAML ends a key | quote it: "
          "when: \"msg.a ? msg.b : msg.c\"");
    CHECK(told("\"a\" == msg.b").find("9:17 error: not YAML") == 0);
    CHECK(told("\"a\" == msg.b").find("quote it: when: '\"a\" == msg.b'") != std::string::npos);
    CHECK(told("[1].exists(i, i == msg.a)").find("quote it: when: \"[1].exists(i, i == msg.a)\"") != std::string::npos);
    CHECK(told("[1, 2]") ==
          "9:13 error: 'when' must be an expression; YAML takes this for a list | quote the whole value");
    CHECK(told("") == "9:7 error: 'when' must be an expression, not nothing");
    CHECK(told("\"${msg.a}\"") == "9:14 error: 'when' is an expression already | write it without '${' and '}'");
    CHECK(
        edges("  - a -> b: { when: !msg.paid, timeout: 1s }\n" + rest).all() ==
        "8:21 error: YAML takes '!msg.paid' as a tag, not as text; flows have no tags | quote it: when: \"!msg.paid\"");
    const Told aliased("x: &e msg.a\n" + head + "edges:\n  - a -> b: { when: *e }\n" + rest);
    CHECK(aliased.all().find("'when' is an expression; YAML takes '*e' for an alias | quote it: when: \"*e\"") !=
          std::string::npos);
    CHECK(edges("  - a -> b: { when: *x }\n" + rest).all() ==
          "8:21 error: YAML takes '*x' for an alias, and there is no anchor 'x' | quote it: when: \"*x\"");
    const Told both = edges("  - a -> b: { when: *x }\n  - a -> b: { when: *y, bufer: 1 }\n" + rest);
    CHECK(both.checked.issues.errors() == 3);
}

TEST_CASE("unknown and duplicate keys are told everywhere, in order of position") {
    const Told told(
        "flowrun: 1\nnam: x\nnodes:\n  a: { uses: generate, wiht: {} }\n  b: { uses: pass }\n  b: { uses: pass }\n"
        "edges:\n  - a -> b: { timeout: 1s, timeout: 2s }\ndefaults: { edges: {} }\nparams: { p: { typ: int } }\n");
    CHECK(told.all() ==
          "2:1 error: unknown key 'nam' in a flow | did you mean 'name'?\n"
          "4:24 error: unknown key 'wiht' in a node | did you mean 'with'?\n"
          "6:3 error: duplicate key 'b', first given in line 5 | give each name once\n"
          "8:28 error: duplicate key 'timeout', first given in line 8 | give each name once\n"
          "9:13 error: unknown key 'edges' in 'defaults' | did you mean 'edge'?\n"
          "10:11 error: parameter 'p' has no value | give it on the command line: p=VALUE, or add a default\n"
          "10:16 error: unknown key 'typ' in a parameter | did you mean 'type'?");
}

TEST_CASE("mistakes at the top of a flow are told") {
    CHECK(Told("nodes: { a: { uses: generate } }\n").all() ==
          "1:1 error: the flow does not say in which version of the format it is written | begin it with flowrun: 1");
    CHECK(Told("flowrun: 2\nnodes: { a: { uses: generate } }\n").all() ==
          "1:10 error: this flowrun reads version 1 of the format, not '2' | write flowrun: 1");
    CHECK(Told("flowrun: 1\n").all() == "1:1 error: the flow has no 'nodes' | write nodes: { read: { uses: stdin } }");
    CHECK(Told("flowrun: 1\nnodes:\n").all() ==
          "2:1 error: the flow has no nodes | write nodes: { read: { uses: stdin } }");
    CHECK(Told("flowrun: 1\nname: my flow\nnodes: { a: { uses: generate } }\n").all() ==
          "2:7 error: 'my flow' is not the name of a flow | names are letters, digits, '_' and '-', and begin with a "
          "letter "
          "or '_'");
    CHECK(Told("flowrun: 1\nenv: [USER, USER, a-b]\nlock: maybe\nnodes: { a: { uses: generate } }\n").all() ==
          "2:13 error: 'USER' is listed twice\n"
          "2:19 error: 'a-b' is not the name of an environment variable | list names alone, such as [USER, HOME]\n"
          "3:7 error: 'lock' must be true or false, not 'maybe'");
    CHECK(Told("flowrun: 1\nnodes: { a: { uses: generate } }\nedges: { a: b }\n").all() ==
          "3:8 error: 'edges' must be a list | begin each edge with '- '");
}

TEST_CASE("folders and locks are meant beside the flow") {
    const Told told("flowrun: 1\nlock: ./run.lock\nplugins: [plugins, /abs]\nnodes: { a: { uses: generate } }\n", {},
                    {}, "flows/x.yaml");
    CHECK(told.all() == "");
    CHECK(told.checked.flow.name == "x");
    CHECK(told.checked.flow.lock.path == "flows/./run.lock");
    CHECK(told.checked.flow.plugins == std::vector<std::string>{"flows/plugins", "/abs"});
}

TEST_CASE("mistakes in nodes are told") {
    const auto told = [](const std::string& nodes) { return Told("flowrun: 1\nnodes:\n" + nodes).all(); };
    CHECK(told("  a: { uses: genrate }\n") == "3:14 error: there is no component 'genrate' | did you mean 'generate'?");
    CHECK(told("  a: { uses: old.thing }\n") ==
          "3:14 error: old.so is built for plugin ABI 7.0, this flowrun has 1.0 | build it again");
    CHECK(told("  a: { with: {} }\n") ==
          "3:3 error: node 'a' does not say which component it uses | write a: { uses: stdin }");
    CHECK(told("  a: generate\n") == "3:6 error: a node must be a map, not a text | write a: { uses: generate }");
    CHECK(told("  1a: { uses: generate }\n").find("3:3 error: '1a' is not the name of a node") == 0);
    CHECK(told("  a: { uses: ../generate }\n") ==
          "3:14 error: '../generate' is not the name of a component | components are named as stdin or http.get");
    CHECK(told("  a: { uses: generate, instances: 0, fanout: paralel }\n") ==
          "3:35 error: 'instances' must be 1 to 1024, not '0'\n"
          "3:46 error: 'fanout' cannot be 'paralel' | did you mean 'parallel'?");
}

TEST_CASE("mistakes in settings are told by what the component declares") {
    const auto told = [](const std::string& uses, const std::string& with) {
        return Told("flowrun: 1\nnodes:\n  a: { uses: generate }\n  b:\n    uses: " + uses + "\n    with: { " + with +
                    " }\nedges: [a -> b]\n")
            .all();
    };
    CHECK(told("http.get", "ulr: x") == "6:13 error: component 'http.get' has no setting 'ulr' | did you mean 'url'?");
    CHECK(told("http.get", "method: x") ==
          "6:11 error: node 'b': component 'http.get' needs the setting 'url' | add with: { url: … }, a string\n"
          "6:13 error: component 'http.get' has no setting 'method' | there are: url, headers, follow, timeout, "
          "max_response, auth");
    CHECK(told("http.get", "url: [x]") == "6:18 error: 'url' must be a string, not a list");
    CHECK(told("http.get", "url:") == "6:13 error: 'url' must be a string, not nothing");
    CHECK(told("http.get", "url: ''") == "6:18 error: 'url' must have at least 1 character");
    CHECK(told("http.get", "url: x, follow: yes") ==
          "6:29 error: 'follow' must be true or false, not 'yes' | write true");
    CHECK(told("http.get", "url: x, timeout: 5") ==
          "6:30 error: 'timeout': '5' has no unit | write 5s for seconds; units are ns us ms s m h d");
    CHECK(told("http.get", "url: x, timeout: 1us") == "6:30 error: 'timeout' must be at least 1ms");
    CHECK(told("http.get", "url: x, auth: { usr: y }") ==
          "6:27 error: 'auth' lacks 'user'\n"
          "6:29 error: 'auth' has no member 'usr' | did you mean 'user'?");
    CHECK(told("http.get", "url: x, headers: { a: [1] }") == "6:35 error: 'a' must be a string, not a list");
    CHECK(told("http.get", "url: \"${msg.a\"").find("6:") == 0);
    CHECK(told("http.get", "url: \"${mgs.a}\"").find("did you mean 'msg'") != std::string::npos);
    CHECK(told("exec", "argv: []") == "6:19 error: 'argv' must have at least 1 element");
    CHECK(told("exec", "argv: [a], ok_codes: [0, x]") == "6:38 error: 'ok_codes' must be an integer, not 'x'");
    CHECK(Told("flowrun: 1\nnodes: { a: { uses: stdin, with: { format: njson } } }\n").all() ==
          "2:44 error: 'format' must be one of ndjson, json, lines, raw | did you mean 'ndjson'?");
    CHECK(told("stdout", "formt: x").find("did you mean 'format'?") != std::string::npos);
    CHECK(told("pass", "x: 1") == "6:13 error: component 'pass' has no setting 'x' | it has none at all");
    CHECK(told("filter", "when: !msg.a").find("quote it: when: \"!msg.a\"") != std::string::npos);
    CHECK(told("filter", "when: msg.a +").find("6:") == 0);
    CHECK(told("delay", "for: \"${msg.wait}\"") == "");
    CHECK(told("db.insert", "dsn: x, table: \"${msg.t}\"").find("6:31 error: ") == 0);
}

TEST_CASE("a declared string reads the source text, and an undeclared value is YAML 1.2 core") {
    const Told told(
        "flowrun: 1\nnodes:\n  a: { uses: generate, with: { value: [no, 0x1F, 0o17, 1.10, ~, 'null', TRUE, 1_0, 012, "
        ".5, 12:30] } }\n  b: { uses: db.insert, with: { dsn: 5, table: null, country: NO, version: 1.10, size: 1 "
        "} }\nedges: [a -> b]\n");
    CHECK(told.all().find("error") == std::string::npos);  // the numbers that are likely texts are warned of
    REQUIRE(told.checked.ok());
    CHECK(flowrun::value::to_json(*told.checked.nodes[0].settings) ==
          R"({"count":1,"value":["no",31,15,1.1,null,"null",true,"1_0",12,0.5,"12:30"],"every":0})");
    CHECK(flowrun::value::to_json(*told.checked.nodes[1].settings) ==
          R"({"dsn":"5","table":"null","country":"NO","version":"1.10","size":1})");
}

TEST_CASE("ports that depend on settings are found") {
    const auto told = [](const std::string& cases, const std::string& edge) {
        return Told("flowrun: 1\nnodes:\n  a: { uses: generate }\n  s: { uses: switch, with: { cases: " + cases +
                    " } }\n  b: { uses: pass }\nedges:\n  - a -> s\n  - " + edge + "\n")
            .all();
    };
    CHECK(told("{ x: msg.a, y: msg.b > 1 }", "s.y -> b") == "");
    CHECK(told("{ paid: msg.p, open: true }", "s.pait -> b") ==
          "8:7 error: 's' has no output 'pait' | did you mean 'paid'?");
    CHECK(told("{ bad: true }", "s.bad -> b") == "4:28 error: component 'switch': a case cannot be called 'bad'");
    CHECK(told("{ x: msg.a + }", "s.x -> b").find("4:49 error: ") == 0);
    CHECK(told("{ x: !msg.a }", "s.x -> b").find("quote it: x: \"!msg.a\"") != std::string::npos);
}

TEST_CASE("what no edge shows alone is told") {
    CHECK(edges("  - a -> b\n").all() ==
          "5:3 error: nothing reaches node 'c' | add an edge to it that a source leads to, or take the node out\n"
          "6:3 error: nothing reaches node 'd' | add an edge to it that a source leads to, or take the node out");
    CHECK(edges("  - a -> b\n  - c -> d\n").all().find(unreached) != std::string::npos);
    CHECK(edges("  - a -> b -> c -> d -> b\n").all() ==
          "8:22 error: a cycle of sync edges waits for itself: b -> c -> d -> b | make one of its edges async with "
          "'~>', with "
          "an overflow other than block");
    CHECK(edges("  - a -> [b, c, d]\n  - b -> b\n")
              .all()
              .find("9:7 error: a cycle of sync edges waits for itself: b -> b") == 0);
    CHECK(edges("  - a -> [b, c, d]\n  - b.error -> c -> b\n").all().find(": b.error -> c -> b |") !=
          std::string::npos);
    CHECK(edges("  - a -> [b, c, d]\n  - b -> c\n  - c ~> b\n  - b.error -> d\n").all() ==
          "10:7 error: every queue of this cycle blocks when it is full, so that it can stall: b -> c ~> b | give this "
          "edge "
          "overflow: error, drop_newest or drop_oldest");
    CHECK(edges("  - a -> [b, c, d]\n  - b -> c\n  - c ~> b: { overflow: error }\n  - b.error -> d\n").all() == "");
    CHECK(edges("  - a ~> b\n  - a -> [c, d]\n").all() ==
          "8:7 warning: nobody takes what fails in 'b': it is counted, and the run fails | add an edge from b.error");
    CHECK(edges("  - a ~> b\n  - a -> [c, d]\n  - b.error ~> d\n").all() == "");
}

TEST_CASE("standard input is read by one at most") {
    const std::string two = "flowrun: 1\nnodes:\n  a: { uses: stdin }\n  b: { uses: stdin }\n";
    CHECK(Told(two).all() ==
          "4:14 error: nodes 'a' and 'b' both read standard input | let one node read it, and lead two "
          "edges from there");
    CHECK(Told("flowrun: 1\nnodes:\n  a: { uses: stdin }\n", {}, {}, "-").all() ==
          "3:14 error: node 'a' reads standard input, which the flow itself came from | save the flow to a file and "
          "give its "
          "name in place of '-'");
}

TEST_CASE("expressions are checked against the parameters and variables there are") {
    const Told told(
        "flowrun: 1\nenv: [USER]\nparams: { region: { default: EU } }\nnodes: { a: { uses: generate }, b: { uses: pass "
        "} }\n"
        "edges:\n  - a -> b:\n      when: msg.r == param.regoin\n  - a -> b:\n      when: env.HOME == 'x'\n"
        "  - a -> b:\n      when: 1 + 'x'\n  - a -> b:\n      when: mesg.x\n      key: sizee(msg)\n"
        "      map: { x: \"${msg.a\", y: \"a ${error.code}\" }\n      retry: { attempts: 2, when: error.cod == 'x' }\n"
        "  - a -> b:\n      when: size(msg)\n");
    INFO(told.all());
    CHECK(told.checked.issues.errors() == 9);
    CHECK(told.lines()[0].starts_with("7:28 error: "));
    CHECK(told.lines()[0].find("did you mean 'region'") != std::string::npos);
}

TEST_CASE("a text that ends too soon is told where there is something to show") {
    const auto told = [](const std::string& text) { return Told("flowrun: 1\nnodes:\n" + text).all(); };
    CHECK(told("  a: { uses: pass, with: { x: \"${msg.n}\"\n\n") ==
          "3:26 error: not YAML: this '{' is not closed | write '}' where it ends");
    CHECK(told("  a: { uses: pass, with: {} \n  # the end\n") ==
          "3:6 error: not YAML: this '{' is not closed | write '}' where it ends");
    CHECK(told("  a: [ b, c") == "3:6 error: not YAML: this '[' is not closed | write ']' where it ends");
    CHECK(told("  a: { uses: pass\n  b: { uses: pass }\n") ==
          "3:6 error: not YAML: this '{' is not closed | write '}' where it ends, before line 4");
    CHECK(told("  a: \"b\n  c: d\n\n") ==
          "3:6 error: not YAML: this quoted text is not closed | write \" where it ends");
    CHECK(told("  a: { uses: pass }\nedges:\n  - 'a -> b\n")
              .find("5:5 error: not YAML: this quoted text is not closed | write ' where it ends") !=
          std::string::npos);
    CHECK(told("  a: 'b") == "3:6 error: not YAML: this quoted text is not closed | write ' where it ends");
    CHECK(told("  a: 'it''s\n").find("this quoted text is not closed | write ' where it ends") != std::string::npos);
}

TEST_CASE("an expression that fails whatever the message is told of") {
    auto told = [](const std::string& settings) {
        return Told(
                   "flowrun: 1\nparams: { none: { default: 0, type: int } }\nnodes:\n  in: {uses: stdin}\n  to: "
                   "{uses: " +
                   settings + "}\nedges: [ in -> to ]\n")
            .all();
    };
    CHECK(told("http.get, with: { url: \"http://${1 / param.none}\" }") ==
          "5:49 warning: this fails for every message: division by zero: 1 and 0");
    CHECK(told("filter, with: { when: \"[1][param.none + 3] == 1\" }").find("this fails for every message") !=
          std::string::npos);
    for (const char* fine :
         {"http.get, with: { url: \"http://${now()}\" }", "http.get, with: { url: \"http://${1 / msg.n}\" }",
          "http.get, with: { url: \"http://${[1][int(uuid().size()) + 40]}\" }",
          "filter, with: { when: \"1 / 1 == 1\" }"}) {
        CHECK(told(fine) == "");
    }
}

TEST_CASE("a number that is more likely a text is told of where both would do") {
    auto told = [](const std::string& text) {
        return Told("flowrun: 1\nnodes: { in: {uses: stdin}, to: {uses: stdout} }\nedges:\n  - in -> to: { map: { v: " +
                    text + " } }\n")
            .all();
    };
    const auto warned = [](const std::string& text, const std::string& number) {
        return "4:27 warning: 'v': YAML takes " + text + " for the number " + number +
               " | where the text is meant quote it: \"" + text + "\"; where the number is, write " + number;
    };
    CHECK(told("1.10") == warned("1.10", "1.1"));
    CHECK(told("007") == warned("007", "7"));
    CHECK(told("-007") == warned("-007", "-7"));
    CHECK(told("+420555") == warned("+420555", "420555"));
    CHECK(told("0x1F") == warned("0x1F", "31"));
    CHECK(told("0o17") == warned("0o17", "15"));
    CHECK(told("12e3") == warned("12e3", "12000.0"));
    for (const char* text :
         {"1.1", "1.0", "0", "0.5", ".5", "-1", "1.5e3", "1e-9", "'1.10'", "1_000", "yes", "1.10.2"}) {
        CHECK(told(text) == "");
    }
    // A declared type says which is meant.
    const auto set = [](const std::string& with) {
        return Told("flowrun: 1\nnodes: { in: {uses: stdin}, to: {uses: db.insert, with: { dsn: x, table: t, " + with +
                    " } } }\nedges: [ in -> to ]\n")
            .all();
    };
    CHECK(set("version: 1.10") == "");
    CHECK(set("size: 1.10") == "");
}
