#pragma once
// Requests over HTTP to one server, any number at a time, by libcurl. Nothing here waits; who uses it polls descriptor() and calls
// work().
//
// Promises: connections are kept and used again, and each request ends in the time it is given. Not promised: that what was
// dropped has not reached the server.

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace flowrun::sqs {

struct Answer {
    long status = 0;   // 0: there is none; `text` says why
    std::string text;  // else the body
};

class Client {
public:
    using Done = std::function<void(Answer&&)>;
    using Number = std::uint64_t;

    // `ca`: a file of PEM, or empty. Throws broker::Lost where libcurl cannot be made ready.
    Client(std::string url, std::string ca);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    Number post(const std::vector<std::string>& headers, std::string body, long milliseconds, Done done);
    // It is over, and its Done is never called. A number that is over already is none.
    void drop(Number number);
    // What has come is read; ends requests.
    void work();
    int descriptor() const { return epoll_; }

private:
    struct Request;
    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known);
    static int on_timer(CURLM*, long wait, void* self);
    static std::size_t on_data(char* data, std::size_t, std::size_t size, void* request);

    CURL* easy();
    void finish(CURL* easy, CURLcode result);
    std::unique_ptr<Request> release(Number number);

    const std::string url_, ca_;
    const int epoll_, timer_;
    CURLM* const multi_;
    std::vector<CURL*> idle_;
    std::unordered_map<Number, std::unique_ptr<Request>> under_way_;
    Number last_ = 0;
};

}  // namespace flowrun::sqs
