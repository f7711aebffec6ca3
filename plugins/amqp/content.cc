#include "content.hh"

#include "connection.hh"

namespace flowrun::amqp {

Delivery Content::delivery() {
    const auto& brought = *static_cast<const amqp_basic_deliver_t*>(method_.decoded);
    Delivery one;
    one.tag = brought.delivery_tag;
    one.redelivered = brought.redelivered != 0;
    one.exchange = view_of(brought.exchange);
    one.key = view_of(brought.routing_key);
    one.properties = properties_;
    one.body = take_body();
    return one;
}

}  // namespace flowrun::amqp
