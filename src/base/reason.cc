#include "base/reason.hh"

#include "base/secrets.hh"
#include "base/visible.hh"

namespace flowrun {

std::string reason_of(std::string_view said) {
    // More than is kept: of a secret that is cut in two one half would not be known.
    constexpr std::size_t looked_at = 16 * longest_reason;
    std::string text(said.substr(0, looked_at));
    Secrets::of_process().mask(text);
    return as_utf8(text, longest_reason, said.size() > looked_at ? said.size() - looked_at : 0);
}

}  // namespace flowrun
