#include "engine/call/call_result.hh"

namespace flowrun::engine {

CallResult failure(Code code, std::string message, const Node* node) {
    auto error = std::make_unique<Error>(Error::of(code, std::move(message)));
    if (node != nullptr) error->node = node->name;
    return CallResult(std::move(error));
}

}  // namespace flowrun::engine
