#pragma once
// One request to a server, from when it is made to when its response is there.

#include <flowrun/component.hh>

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "body.hh"
#include "response_header.hh"

namespace flowrun::http {

// What all requests of a node have in common. Empty text: not given.
struct RequestConfiguration {
    explicit RequestConfiguration(sdk::Node of) : node(of) {}

    sdk::Node node;
    std::string ca, cert, key, proxy, socket, bearer, user, password;
    bool verify = true, has_proxy = false, whole_response = false;
    std::int64_t timeout = 0;  // nanoseconds
    long follow = 0;
    std::uint64_t most = 0;  // bytes of a response's body
    Format format = Format::automatic;
    std::vector<long> good;  // statuses from 400 on that are no failure
};

class ClientRequest {
public:
    ClientRequest(const RequestConfiguration& configuration, std::string method, std::string url);
    ClientRequest(const ClientRequest&) = delete;
    ClientRequest& operator=(const ClientRequest&) = delete;

    // Throws Failure (invalid): what was given does not make a header.
    void add_header(std::string_view name, std::string_view value);
    bool has_header(std::string_view name) const;
    void give_body(std::string body) { body_ = std::move(body), has_body_ = true; }
    // Ready to be performed, within `left` nanoseconds. Throws Failure.
    void arrange(std::int64_t left);
    // Whose answer it brings.
    void belong_to(sdk::Ticket ticket) { ticket_ = std::move(ticket); }

    // It should have ended by itself a while ago.
    bool is_overdue(std::int64_t now) const;
    // The descriptor that it needs cannot be waited for.
    void cannot_wait(int error) { unwatched_ = error; }
    int unwatched() const { return unwatched_; }

    CURL* easy() const { return easy_.get(); }
    const RequestConfiguration& configuration() const { return configuration_; }

    // It was redirected, and is to be performed again; false: it is over. Throws Failure.
    bool follow(CURLcode result, sdk::Builder& builder);
    // It is over: sends the response on, or fails. Frees the request, at once or when what follows is done.
    static void finish(std::unique_ptr<ClientRequest> request, CURLcode result, sdk::Builder& builder);
    // It is not to be performed any more.
    void fail(const sdk::Failure& failure) { (void)ticket_.fail(failure); }

private:
    struct Line {
        std::string name, value;
    };
    enum class Cut : std::uint8_t { none, body, header, sent_again };
    struct Free {
        void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    static std::size_t take_body(char* data, std::size_t, std::size_t size, void* self);
    static std::size_t take_header(char* data, std::size_t, std::size_t size, void* self);
    static int before_send(void* self, char*, char*, int, int);
    static void passed(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error);

    template <class T>
    void set(CURLoption option, T value);
    void set_text(CURLoption option, const std::string& value);
    void add_line(const std::string& line);
    void prepare(std::int64_t left);
    void secure();
    void redirect(const std::string& target);
    long status() const;
    bool is_redirected() const;
    sdk::Value response(long status, sdk::Builder& builder) const;
    std::string explanation() const;
    sdk::Failure failure_of(CURLcode result, sdk::Builder& builder) const;
    void need_whole() const;
    void decode();
    sdk::Failure failure_of_status(long status, sdk::Builder& builder) const;

    const RequestConfiguration& configuration_;
    std::string method_, url_, body_;
    const std::string asked_, what_;  // as errors tell it, whatever it is redirected to
    bool has_body_ = false, elsewhere_ = false;
    long hops_ = 0;
    int sends_ = 0, unwatched_ = 0;
    std::int64_t end_ = 0;
    std::unique_ptr<CURL, Free> easy_;
    std::unique_ptr<curl_slist, Free> headers_;
    std::vector<Line> given_;
    char error_[CURL_ERROR_SIZE] = {};
    sdk::Ticket ticket_;

    ResponseHeader header_;
    std::string received_;
    Cut cut_ = Cut::none;
    sdk::Kept sent_on_;
};

}  // namespace flowrun::http
