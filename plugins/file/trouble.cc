#include "trouble.hh"

#include <cerrno>
#include <cstring>

namespace flowrun::file {

using namespace sdk;

namespace {

// Whether it may pass without anybody changing the flow.
bool may_pass(int error) {
    switch (error) {
        case ENOENT:
        case ENOSPC:
        case EDQUOT:
        case EMFILE:
        case ENFILE:
        case ENXIO:
        case EPIPE:
        case EAGAIN:
        case ETXTBSY:
        case ESTALE: return true;
        default: return false;
    }
}

const char* text_of(int error) {
    if (error == EISDIR) return "it is a directory";
    if (error == ENXIO) return "nobody reads this FIFO, or there is no such device";
    return std::strerror(error);
}

}  // namespace

Failure trouble(const flowrun_values* values, std::string_view doing, std::string_view path, int error,
                std::string_view remedy) {
    std::string text(doing);
    text.append(" ").append(path).append(": ").append(text_of(error)).append(remedy);
    Failure failure(may_pass(error) ? Status::unavailable : Status::permanent, std::move(text));
    const char* const name = ::strerrorname_np(error);
    Builder detail(values);
    detail.map().key("path").string(path).key("errno").string(name ? name : std::to_string(error));
    failure.detail(detail.end().finish());
    return failure;
}

}  // namespace flowrun::file
