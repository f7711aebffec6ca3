#include "flow/setting.hh"

#include <string_view>
#include <vector>

namespace flowrun::flow {

namespace {

struct TypeWords {
    std::string_view article;
    Setting::Type type;
};
constexpr TypeWords type_words[] = {{"null", Setting::null},          {"true or false", Setting::boolean},
                                    {"an integer", Setting::integer}, {"a number", Setting::number},
                                    {"a string", Setting::string},    {"a list", Setting::list},
                                    {"a map", Setting::map}};

}  // namespace

std::string wanted(const Setting& setting) {
    if (setting.expression) return "an expression";
    if (setting.duration) return "a duration such as 250ms";
    if (setting.size) return "a size such as 16MiB";
    if (setting.types == Setting::any) return "a value";
    std::vector<std::string_view> names;
    for (const TypeWords& type : type_words) {
        // A number takes integers, so both together are said as one.
        if (type.type == Setting::integer && (setting.types & Setting::number)) continue;
        if (setting.types & type.type) names.push_back(type.article);
    }
    std::string out(names[0]);
    for (std::size_t i = 1; i < names.size(); ++i)
        out += (i + 1 == names.size() ? " or " : ", ") + std::string(names[i]);
    return out;
}

}  // namespace flowrun::flow
