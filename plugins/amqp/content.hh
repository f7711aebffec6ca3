#pragma once
// A message that comes in several frames: the method that brings it, its properties, its body in pieces.

#include <amqp.h>
#include <amqp_framing.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace flowrun::amqp {

// One that was given out.
struct Delivery {
    std::uint64_t tag = 0;
    bool redelivered = false;
    std::string exchange, key;
    const amqp_basic_properties_t* properties = nullptr;  // borrowed
    std::string body{};
};

class Content {
public:
    // True: with this frame it is whole; what it borrows is there until the channel's buffers are released. Of a frame that does
    // not belong to one it takes no notice.
    bool add(const amqp_frame_t& frame) {
        switch (frame.frame_type) {
            case AMQP_FRAME_METHOD:
                method_ = frame.payload.method;
                properties_ = nullptr;
                body_.clear();
                return false;
            case AMQP_FRAME_HEADER:
                if (method_.decoded == nullptr) return false;
                properties_ = static_cast<const amqp_basic_properties_t*>(frame.payload.properties.decoded);
                left_ = frame.payload.properties.body_size;
                return left_ == 0;
            case AMQP_FRAME_BODY: {
                if (properties_ == nullptr) return false;
                const amqp_bytes_t& piece = frame.payload.body_fragment;
                body_.append(static_cast<const char*>(piece.bytes), piece.len);
                left_ -= std::min<std::uint64_t>(left_, piece.len);
                return left_ == 0;
            }
            default: return false;
        }
    }
    // One that basic.deliver brought; taken.
    Delivery delivery();
    // Nothing of it is there yet, or it was taken.
    bool empty() const { return method_.decoded == nullptr; }
    const amqp_method_t& method() const { return method_; }
    const amqp_basic_properties_t& properties() const { return *properties_; }
    std::string take_body() {
        method_ = {};
        return std::move(body_);
    }

private:
    amqp_method_t method_{};
    const amqp_basic_properties_t* properties_ = nullptr;
    std::string body_;
    std::uint64_t left_ = 0;
};

}  // namespace flowrun::amqp
