#pragma once
// A response as the bytes that go out: made of the flow's reply, of its error, or of what the server itself has to say.

#include <flowrun/component.hh>

#include <cstdint>
#include <string>
#include <string_view>

namespace flowrun::http {

// How the client wants it, and whether the connection stays.
struct Manner {
    bool head = false;        // the request was a HEAD: no body is sent, only its length
    bool close = false;       // Connection: close
    bool keep_alive = false;  // an HTTP/1.0 client that asked to be told so
};

// The status that an error is answered with.
unsigned status_of(sdk::Status code);

// What a flow without a reply is answered with: 202, or 204 when all of it is done.
std::string response_without_reply(bool accepted_only, const Manner& manner);

// {status, headers, body}, bytes, or any other value as JSON. Failure (internal) when it is no response that can be sent.
std::string response_of(sdk::Value reply, const Manner& manner);

// {"error": {code, message, node}}, with Retry-After where the error says when. `error` may be null.
std::string response_of(sdk::Status code, const flowrun_error* error, const Manner& manner);

// The server's own refusal. `more` is whole header lines.
std::string refusal(unsigned status, std::string_view message, std::string_view more, const Manner& manner);

// Of a whole response: that the connection ends with it.
void say_close(std::string& response);

}  // namespace flowrun::http
