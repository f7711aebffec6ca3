#include "sqs/credential_source.hh"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include "broker/session.hh"

using namespace flowrun::sqs;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t moment = std::int64_t{1'796'014'800} * second;  // 2026-11-30 05:00:00 UTC

// A container's endpoint: the keys that it gives out are counted, and last ten minutes from the moment above.
class Endpoint {
public:
    Endpoint() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
        REQUIRE(::listen(socket_, 8) == 0);
        REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
        url = "http://127.0.0.1:" + std::to_string(ntohs(at.sin_port)) + "/role";
        thread_ = std::thread([this] { serve(); });
    }
    ~Endpoint() { close(); }
    void close() {
        if (!thread_.joinable()) return;
        ::shutdown(socket_, SHUT_RDWR);
        thread_.join();
        ::close(socket_);
    }
    std::string url;
    std::atomic<int> asked{0};

private:
    void serve() {
        for (int client = 0; (client = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(client)) {
            char request[4096];
            if (::read(client, request, sizeof request) <= 0) continue;
            const std::string body = R"({"AccessKeyId":"KEY)" + std::to_string(++asked) +
                                     R"(","SecretAccessKey":"s","Token":"t","Expiration":"2026-11-30T05:10:00Z"})";
            const std::string answer =
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body;
            static_cast<void>(!::write(client, answer.data(), answer.size()));
        }
    }
    const int socket_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("what expires is fetched anew five minutes before, and kept as long as it lasts where nobody answers") {
    for (const char* const name : {"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"})
        ::unsetenv(name);
    ::setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    ::setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    Endpoint endpoint;
    ::setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url.c_str(), 1);
    CredentialSource source({});
    CHECK(source.current(moment).id == "KEY1");
    CHECK(source.current(moment + 299 * second).id == "KEY1");
    CHECK(endpoint.asked == 1);
    CHECK(source.current(moment + 301 * second).id == "KEY2");
    CHECK(source.current(moment + 302 * second).id == "KEY2");  // not at once again
    CHECK(endpoint.asked == 2);
    endpoint.close();
    CHECK(source.current(moment + 400 * second).id == "KEY2");
    CHECK_THROWS_AS(source.current(moment + 600 * second), flowrun::broker::Lost);
}
