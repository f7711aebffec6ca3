#include "flow/arguments.hh"

#include "flow/scalar.hh"

namespace flowrun::flow {

std::expected<Argument, std::string> argument_of(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
        return std::unexpected("'" + std::string(text) + "' is no parameter: write name=value");
    }
    const std::string_view name = text.substr(0, equals);
    if (!is_name(name)) {
        return std::unexpected("'" + std::string(name) +
                               "' is not the name of a parameter: names are letters, digits, '_' and '-'");
    }
    return Argument{std::string(name), std::string(text.substr(equals + 1))};
}

}  // namespace flowrun::flow
