// What the options of an edge mean together with its ends and with the run.

#include <catch2/catch.hpp>

#include "told.hh"

using namespace flowrun::flow;

namespace {

// The word on an async edge with these options to a node with those.
std::string of(const std::string& options, const std::string& node = "uses: pass", CheckOptions given = {}) {
    return Told("flowrun: 1\nnodes: { in: {uses: stdin}, to: {" + node +
                    "}, dead: {uses: stdout} }\nedges:\n  - in ~> to: {" + options + "}\n  - to.error -> dead\n",
                {}, std::move(given))
        .all();
}
std::string with_drain(const std::string& options, Duration drain) {
    CheckOptions given;
    given.drain_timeout = drain;
    return of(options, "uses: pass", std::move(given));
}

}  // namespace

TEST_CASE("a batch by key cannot go to a node with instances") {
    CHECK(of("order: by_key, key: msg.id, workers: 2, batch: 4", "uses: pass, instances: 3") ==
          "4:56 error: a batch holds several keys, and 'to' has 3 instances, of which each key has its own | take "
          "'batch' or the instances of 'to' out, or say order: none");
    CHECK(of("order: by_key, key: msg.id, workers: 2, batch: 1", "uses: pass, instances: 3") == "");
    CHECK(of("order: by_key, key: msg.id, workers: 2, batch: 4", "uses: pass, instances: 1") == "");
    CHECK(of("order: none, key: msg.id, workers: 2, batch: 4", "uses: pass, instances: 3") == "");
    CHECK(of("order: by_key, key: msg.id, workers: 2", "uses: pass, instances: 3") == "");
}

TEST_CASE("two nodes cannot listen on one address, however it is written") {
    auto told = [](const std::string& one, const std::string& other) {
        const auto with = [](const std::string& listen) {
            return listen.empty() ? "" : ", with: {listen: '" + listen + "'}";
        };
        return Told(
                   "flowrun: 1\nparams: { at: { default: '[::1]:1' } }\nnodes:\n  in: {uses: stdin}\n  a: {uses: "
                   "server" +
                   with(one) + "}\n  b: {uses: server" + with(other) + "}\nedges: [ 'in -> [a, b]' ]\n")
            .all();
    };
    const auto taken = [](const std::string& place, const std::string& address) {
        return place + " error: node 'a' listens on " + address +
               " already | give each a port of its own, or let one node listen and lead edges from there";
    };
    CHECK(told("", "") == taken("6:13", "127.0.0.1:80"));
    CHECK(told("", "127.0.0.1:81") == "");
    CHECK(told("", "127.0.0.2:80") == "");
    CHECK(told("", "localhost:080") == taken("6:36", "127.0.0.1:80"));
    CHECK(told(":80", "10.0.0.1:80") == taken("6:36", ":80"));
    CHECK(told("10.0.0.1:80", "[::]:80") == taken("6:36", "10.0.0.1:80"));
    CHECK(told("[::1]:1", "${param.at}") == taken("6:36", "[::1]:1"));
    CHECK(told("127.0.0.1:0", "127.0.0.1:0") == "");
    CHECK(told(":0", ":0") == "");
}

TEST_CASE("what one node claims another cannot have, however it is spelt") {
    auto told = [](const std::string& one, const std::string& other) {
        return Told("flowrun: 1\nnodes:\n  in: {uses: stdin}\n  a: {uses: tape, with: {path: " + one +
                    "}}\n  b: {uses: tape, with: {path: " + other + "}}\nedges: [ 'in -> [a, b]' ]\n")
            .all();
    };
    CHECK(told("x", "y") == "");
    CHECK(told("x", "./x") == "");  // lines of both
    CHECK(told("x, use: read", "x, use: read") == "");
    CHECK(told("x, use: read", "x, use: replace") == "");
    CHECK(told("x, use: read", "./x") ==
          "5:32 error: node 'a' reads x (here ./x): the flow would read what it adds there, without end | write to "
          "another file than is read");
    CHECK(told("x", "x, use: read") ==
          "5:32 error: node 'a' adds to x: the flow would read that without end | let it write to another file than is "
          "read");
    CHECK(told("x, use: replace", "x") ==
          "5:32 error: node 'a' writes x already, and that one must be alone with it | give each a path of its own, or "
          "let one node write and lead edges to it");
    CHECK(told("x", "x, use: replace") ==
          "5:32 error: node 'a' writes x already, and this one must be alone with it | give each a path of its own, or "
          "let one node write and lead edges to it");
    CHECK(Told("flowrun: 1\nnodes:\n  in: {uses: stdin}\n  a: {uses: tape, instances: 2, with: {path: x, use: "
               "replace}}\nedges: [ 'in -> a' ]\n")
              .all() == "4:46 error: 'a' has 2 instances, and each would write x, alone | take 'instances' out");
}

TEST_CASE("what only the component knows of its settings is told at the one that is wrong") {
    auto told = [](const std::string& with) {
        return Told("flowrun: 1\nparams: { when: { default: never } }\nnodes: { in: {uses: stdin}, to: {uses: clock" +
                    with + "} }\nedges: [ in -> to ]\n")
            .all();
    };
    CHECK(told(", with: {schedule: always}") == "");
    CHECK(told(", with: {schedule: never}") == "3:64 error: it never comes | wait");
    CHECK(told(", with: {schedule: \"${param.when}\"}") == "3:64 error: it never comes | wait");
    CHECK(told(", with: {schedule: always, zone: here}") == "3:78 error: 'zone' cannot be here");
    // All that is wrong, and what is no more than doubtful.
    CHECK(told(", with: {schedule: never, zone: here}") ==
          "3:64 error: it never comes | wait\n3:77 error: 'zone' cannot be here");
    CHECK(told(", with: {schedule: never, zone: [1]}") ==
          "3:64 error: it never comes | wait\n3:77 error: 'zone' must be a string, not a list");
    CHECK(told(", with: {schedule: never, zoen: here}") ==
          "3:64 error: it never comes | wait\n3:71 error: component 'clock' has no setting 'zoen' | did you mean "
          "'zone'?");
    CHECK(told(", with: {schedule: rarely}") == "3:64 warning: it comes rarely");
    CHECK(told(", with: {zone: over there}") == "3:53 error: it needs a schedule");
    CHECK(told("") == "3:40 error: it needs a schedule");
    CHECK(told(", with: {schedule: [1]}").find("never") == std::string::npos);  // what does not fit is not asked about
}

TEST_CASE("a component is asked about settings over the message as they were written, defaults among them") {
    auto told = [](const std::string& label) {
        return Told("flowrun: 1\nnodes: { in: {uses: stdin}, to: {uses: clock, with: {schedule: always" + label +
                    "}} }\nedges: [ in -> to ]\n")
            .all();
    };
    CHECK(told("") == "");
    CHECK(told(", label: \"${msg.name}\"") == "");
    CHECK(told(", label: fixed") == "2:79 error: the label says nothing");
}

TEST_CASE("a source has one instance") {
    auto told = [](const std::string& source, const std::string& defaults) {
        return Told("flowrun: 1\n" + defaults + "nodes: { in: {uses: stdin" + source +
                    "}, to: {uses: stdout} }\nedges: [ in -> to ]\n");
    };
    CHECK(told(", instances: 2", "").all() ==
          "2:28 error: 'in' is a source, and has one instance | take 'instances' out; several sources are several "
          "nodes");
    CHECK(told(", instances: 1", "").all() == "");
    // A default is for the nodes where it has a meaning.
    const Told by_default = told("", "defaults: { node: { instances: 4 } }\n");
    CHECK(by_default.all() == "");
    CHECK(by_default.checked.flow.nodes[0].instances == 1);
    CHECK(by_default.checked.flow.nodes[1].instances == 4);
}

TEST_CASE("an attempt that may take longer than a stopped run waits is warned of") {
    CHECK(of("timeout: 30s") == "");
    CHECK(of("timeout: 31s") ==
          "4:16 warning: a timeout of 31s is longer than a stopped run waits (30s): it is cut off then | run it with "
          "--drain-timeout=31s, or make it shorter");
    CHECK(of("deadline: 1m30s").find("warning: a deadline of 1m30s is longer than") != std::string::npos);
    // The waits between attempts are cut short, so that only the attempts count.
    CHECK(of("timeout: 10s, deadline: 10m, retry: 9") == "");
    CHECK(of("timeout: 1h, deadline: 10s").find("stopped run") == std::string::npos);
    CHECK(of("timeout: 2m, deadline: 1m").find("a deadline of 1m is longer") != std::string::npos);
    CHECK(with_drain("timeout: 31s", 60'000'000'000) == "");
    CHECK(with_drain("timeout: 5s", 2'000'000'000).find("(2s)") != std::string::npos);
    CHECK(with_drain("timeout: 5s", 0) == "");
}

TEST_CASE("a default that is warned of is warned of once") {
    const Told told(
        "flowrun: 1\ndefaults: { edge: { timeout: 1m } }\nnodes: { in: {uses: stdin}, a: {uses: pass}, b: {uses: "
        "stdout} }\nedges: [ in -> a, a -> b ]\n");
    CHECK(told.lines().size() == 1);
}
