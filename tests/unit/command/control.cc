// The way into a run from other processes, and what it does with what is no request.

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/machine.hh"
#include "command/control_client.hh"
#include "command/control_socket.hh"
#include "command/queue_control.hh"
#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::command;

namespace {

// $XDG_RUNTIME_DIR, for this test alone.
class Session {
public:
    Session() {
        char name[] = "/tmp/control-XXXXXX";
        folder = ::mkdtemp(name);
        ::setenv("XDG_RUNTIME_DIR", folder.c_str(), 1);
    }
    ~Session() {
        ::unsetenv("XDG_RUNTIME_DIR");
        std::filesystem::remove_all(folder);
    }
    std::string socket() const { return folder + "/flowrun/" + std::to_string(::getpid()) + ".control"; }
    std::string folder;
};

std::string echo(const value::Node& request) { return R"({"is":)" + value::to_json(request) + "}"; }

// What is said to a text that may be no line and no request; nothing: the connection is closed.
std::string said(const std::string& path, std::string_view text) {
    const auto address = address_of(path);
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0);
    REQUIRE(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    ::shutdown(socket.get(), SHUT_WR);
    return read_line(socket.get(), [&] { return wait_to_read(socket.get(), 10 * second); }).value_or("");
}

const flowrun_queue_table& table() {
    static const flowrun_queue_table made = [] {
        flowrun_queue_table t{};
        t.size = sizeof t;
        t.place = [](flowrun_text url, flowrun_text_fn give, void* user) {
            give(user, url);
            return std::int32_t{FLOWRUN_OK};
        };
        t.drop = [](flowrun_text, flowrun_text, std::uint32_t select, const std::uint64_t*, std::uint64_t n,
                    flowrun_text_fn,
                    void*) { return static_cast<std::int64_t>(select == FLOWRUN_SELECT_DEAD ? n + 100 : n); };
        t.put = [](flowrun_text, flowrun_text, const flowrun_queue_item* items, std::uint64_t n, flowrun_text_fn why,
                   void* user) {
            if (items[0].attempts == 7) {
                why(user, {"no \"room\"", 9});
                return std::int64_t{FLOWRUN_E_OVERFLOW};
            }
            return static_cast<std::int64_t>(n);
        };
        return t;
    }();
    return made;
}

}  // namespace

TEST_CASE("A run answers on its control socket, and the socket goes with it") {
    const Session session;
    Machine machine;
    auto socket = ControlSocket::listen(machine, echo);
    REQUIRE(socket);
    struct stat about{};
    REQUIRE(::stat(session.socket().c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    const auto client =
        ControlClient::find(R"({"a":1})", [](const value::Node& answer) { return answer.member("is"); });
    REQUIRE(client);
    CHECK(value::to_json(*client->ask(R"({"b":[2]})")) == R"({"is":{"b":[2]}})");
    CHECK(!ControlClient::find("{}", [](const value::Node&) { return false; }));
    socket.reset();
    CHECK(::stat(session.socket().c_str(), &about) != 0);
}

TEST_CASE("What is no request is answered so, or not at all, and the next is heard") {
    const Session session;
    Machine machine;
    const auto socket = ControlSocket::listen(machine, echo);
    REQUIRE(socket);
    const std::string refused = R"({"error":"that is no request"})";
    for (const char* text : {"x\n", "[]\n", "\n", "{\"a\":\n", "\xff\xfe\n", "{}{}\n"}) {
        CAPTURE(text);
        CHECK(said(session.socket(), text) == refused);
    }
    CHECK(said(session.socket(), std::string(100000, '[') + "\n") == refused);
    for (const char* text : {"", "{}", "no line feed"}) CHECK(said(session.socket(), text).empty());
    CHECK(said(session.socket(), "{}\n") == R"({"is":{}})");
}

TEST_CASE("Half a request holds up neither the end of a run nor its size") {
    const Session session;
    Machine machine;
    auto socket = ControlSocket::listen(machine, echo);
    REQUIRE(socket);
    const auto address = address_of(session.socket());
    const Descriptor half(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(half.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0);
    REQUIRE(::send(half.get(), "{\"do\":", 6, MSG_NOSIGNAL) == 6);
    ::usleep(50'000);  // so that it is being read
    const Time begin = machine.now();
    socket.reset();
    CHECK(machine.now() - begin < 2 * second);
}

TEST_CASE("The socket of a run that was killed is in nobody's way") {
    const Session session;
    REQUIRE(::mkdir((session.folder + "/flowrun").c_str(), 0700) == 0);
    const auto address = address_of(session.socket());
    {
        Descriptor left(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::bind(left.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0);
    }
    CHECK(!ControlClient::find("{}", [](const value::Node&) { return true; }));
    struct stat about{};
    CHECK(::stat(session.socket().c_str(), &about) != 0);
    Machine machine;
    CHECK(ControlSocket::listen(machine, echo));
}

TEST_CASE("A folder that others may write into holds no sockets") {
    const Session session;
    REQUIRE(::mkdir((session.folder + "/flowrun").c_str(), 0700) == 0);
    REQUIRE(::chmod((session.folder + "/flowrun").c_str(), 0777) == 0);
    Machine machine;
    const auto socket = ControlSocket::listen(machine, echo);
    struct stat about{};
    CHECK(::stat(session.socket().c_str(), &about) != 0);
}

TEST_CASE("A run changes those stores that it has open, as asked, and no others") {
    Machine machine;
    QueueControl control(machine);
    control.add(table(), "x:here");
    const auto answer = [&](std::string_view request) { return control.answer(**value::parse(request)); };
    CHECK(answer(R"({"do":"has","place":"x:here"})") == R"({"has":true})");
    CHECK(answer(R"({"do":"has","place":"x:there"})") == R"({"has":false})");
    CHECK(answer(R"({"do":"has"})") == R"({"has":false})");
    CHECK(answer(R"({"do":"drop","place":"x:here","name":"n","numbers":[1,2,-3,"4"]})") == R"({"done":2})");
    CHECK(answer(R"({"do":"drop","place":"x:here","name":"n","dead":true,"numbers":[]})") == R"({"done":100})");
    CHECK(answer(R"({"do":"drop","place":"x:there","numbers":[1]})") ==
          R"({"error":"this run has no such store open","code":-1})");
    CHECK(answer(R"({"do":"fly","place":"x:here"})") == R"({"error":"'fly' is nothing that a run does","code":-1})");
    CHECK(answer(R"({"do":{},"place":7})") == R"({"error":"this run has no such store open","code":-1})");
    CHECK(answer(R"({"do":"put","place":"x:here","items":[{"msg":1},{"msg":2}]})") == R"({"done":2})");
    CHECK(answer(R"({"do":"put","place":"x:here","items":[{"msg":1,"attempts":7}]})") ==
          R"({"error":"no \"room\"","code":-6})");
    CHECK(answer(R"({"do":"put","place":"x:here","items":[{}]})") == R"({"error":"it has no 'msg'","code":-1})");
    CHECK(answer(R"({"do":"put","place":"x:here","items":3})") == R"({"error":"'items' must be a list","code":-1})");
}
