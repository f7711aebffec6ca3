#include "flow/parameters.hh"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <expected>
#include <memory>

#include <fmt/format.h>

#include "flow/coercion.hh"
#include "flow/core.hh"
#include "flow/literal.hh"
#include "flow/suggest.hh"
#include "value/builder.hh"
#include "value/json.hh"

namespace flowrun::flow {

namespace {

constexpr std::size_t longest_secret = std::size_t{64} << 10;

expr::Type type_of(ParamType type) {
    switch (type) {
        case ParamType::string: return expr::Type::string();
        case ParamType::int_:
        case ParamType::size: return expr::Type::integer();
        case ParamType::double_: return expr::Type::real();
        case ParamType::bool_: return expr::Type::boolean();
        case ParamType::duration: return expr::Type::duration();
        case ParamType::secret: return expr::Type::secret();
        case ParamType::list: return expr::Type::list();
        case ParamType::map: return expr::Type::map();
    }
    return {};
}

// A parameter's declaration in the form that settings have, so that both are read alike.
Setting setting_of(const Param& param) {
    Setting out;
    out.name = param.name;
    out.duration = param.type == ParamType::duration;
    out.size = param.type == ParamType::size;
    out.secret = param.type == ParamType::secret;
    out.min = param.min;
    out.max = param.max;
    switch (param.type) {
        case ParamType::int_: out.types = Setting::integer; break;
        case ParamType::double_: out.types = Setting::number; break;
        case ParamType::bool_: out.types = Setting::boolean; break;
        case ParamType::list: out.types = Setting::list; break;
        case ParamType::map: out.types = Setting::map; break;
        default: out.types = Setting::string; break;
    }
    if (out.size) out.types = Setting::string | Setting::integer;
    return out;
}

// The component and expressions get durations and sizes as numbers, and a double also where an integer was written.
value::Value final_form(const Param& param, const Setting& setting, const value::Value& value) {
    value::Builder builder;
    const auto whole = param.type == ParamType::double_ ? value->as_double() : std::nullopt;
    if (whole) builder.real(*whole);
    else coerce(setting, *value, builder);
    return value::Value::copy(*builder.finish());
}

std::expected<std::string, std::string> file_text(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
    if (!file) return std::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
    std::string text(longest_secret + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get())) return std::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
    if (text.size() > longest_secret) return std::unexpected(fmt::format("{}: more than 64 KiB", path));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (!value::valid_utf8(text)) return std::unexpected(fmt::format("{}: not UTF-8", path));
    return text;
}

class Setter {
public:
    Setter(const Flow& flow, const Environment& environment, Constants& constants, ExpressionCompiler& expressions)
        : flow_(flow), environment_(environment), constants_(constants), expressions_(expressions) {}

    void set(std::size_t index, const Argument* argument) {
        const Param& param = flow_.params[index];
        ParamValue& out = constants_.params[index];
        Setting setting = setting_of(param);
        bool known = add_choices(param, setting);
        if (param.type == ParamType::secret) {
            known = fetch(param, argument, out.value) && known;
        } else if (argument) {
            known = take(param, *argument, setting, out.value) && known;
        } else if (param.fallback) {
            known = fall_back(param, setting, out.value) && known;
        } else if (param.broken) {
            known = false;
        } else if (param.required) {
            expressions_.diagnostics().error(
                param.place, fmt::format("parameter '{}' has no value", param.name),
                fmt::format("give it on the command line: {}=VALUE, or add a default", param.name));
            known = false;
        }
        if (!known) expressions_.forget_param(index);
    }

private:
    bool add_choices(const Param& param, Setting& setting) {
        bool known = true;
        for (const std::string& choice : param.choices) {
            auto value = literal_of(choice, setting_of(param));
            if (value) {
                setting.choices.push_back(std::move(*value));
            } else {
                expressions_.diagnostics().error(
                    param.place, fmt::format("'enum' of parameter '{}': {}", param.name, value.error()));
                known = false;
            }
        }
        return known;
    }

    bool take(const Param& param, const Argument& argument, const Setting& setting, value::Value& out) {
        const auto value = literal_of(argument.value, setting);
        if (!value) {
            expressions_.diagnostics().error({}, fmt::format("parameter '{}' {}", param.name, value.error()),
                                             fmt::format("it was given as {}={}", argument.name, argument.value));
            return false;
        }
        out = final_form(param, setting, *value);
        return true;
    }

    bool fall_back(const Param& param, const Setting& setting, value::Value& out) {
        const auto value_template =
            expressions_.value_template(param.fallback, &setting, param.name, expressions_.default_scope());
        if (!value_template) return false;
        const auto value = expressions_.evaluate(*value_template);
        if (!value) return false;
        if (const auto wrong = mismatch(setting, **value)) {
            expressions_.diagnostics().error(param.fallback.place,
                                             fmt::format("the default of '{}' {}", param.name, *wrong));
            return false;
        }
        out = final_form(param, setting, *value);
        return true;
    }

    // The first source that is there. Nothing of a secret is ever told.
    bool fetch(const Param& param, const Argument* argument, value::Value& out) {
        std::vector<std::string> sources = param.from;
        // A source that is not asked this time may hold a secret none the less.
        keep_from_commands(sources);
        if (argument) {
            if (!argument->value.starts_with("env:") && !argument->value.starts_with("file:")) {
                expressions_.diagnostics().error(
                    {}, fmt::format("secret '{}' cannot stand on the command line, where all can see it", param.name),
                    fmt::format("say where it is: {0}=env:NAME or {0}=file:/path", param.name));
                return false;
            }
            sources = {argument->value};
            keep_from_commands(sources);
        }
        std::string missing;
        for (const std::string& source : sources) {
            auto text = text_of(source, argument != nullptr);
            if (text) {
                out = value::Value::string(*text);
                return true;
            }
            missing += (missing.empty() ? "" : "; ") + text.error();
        }
        if (!param.required) return true;
        if (missing.empty()) return false;
        expressions_.diagnostics().error(param.place, fmt::format("secret '{}' is not there: {}", param.name, missing),
                                         fmt::format("set one of these, or say where it is: {}=env:NAME", param.name));
        return false;
    }

    void keep_from_commands(const std::vector<std::string>& sources) {
        for (const std::string& source : sources) {
            if (source.starts_with("env:")) constants_.secret_variables.push_back(source.substr(4));
        }
    }

    std::expected<std::string, std::string> text_of(const std::string& source, bool given) const {
        const std::string name = source.substr(source.find(':') + 1);
        if (source.starts_with("env:")) {
            auto text = environment_(name);
            if (!text) return std::unexpected(fmt::format("{} is not set", name));
            if (!value::valid_utf8(*text)) return std::unexpected(fmt::format("{} is not UTF-8", name));
            return *text;
        }
        const std::size_t slash = flow_.file.rfind('/');
        const bool beside = !given && !name.starts_with('/') && slash != std::string::npos;
        return file_text(beside ? flow_.file.substr(0, slash + 1) + name : name);
    }

    const Flow& flow_;
    const Environment& environment_;
    Constants& constants_;
    ExpressionCompiler& expressions_;
};

void refuse_unknown(const Flow& flow, const Arguments& arguments, const Diagnostics& diagnostics) {
    std::vector<std::string> known;
    for (const Param& param : flow.params) known.push_back(param.name);
    for (const Argument& argument : arguments) {
        if (std::find(known.begin(), known.end(), argument.name) != known.end()) continue;
        diagnostics.error(
            {}, fmt::format("the flow has no parameter '{}'", argument.name),
            known.empty() ? "it has none at all" : suggest(argument.name, std::span<const std::string>(known)));
    }
}

}  // namespace

Constants declared(const Flow& flow) {
    Constants out;
    for (const Param& param : flow.params) {
        out.names.params.emplace_back(param.name, type_of(param.type));
        out.params.push_back({param.type, {}});
    }
    out.names.env = flow.env;
    out.env.resize(flow.env.size());
    return out;
}

void set_parameters(const Flow& flow, const Arguments& arguments, const Environment& environment, Constants& constants,
                    ExpressionCompiler& expressions) {
    for (std::size_t i = 0; i < flow.env.size(); ++i) {
        constants.env[i] = environment(flow.env[i]);
        if (constants.env[i] && !value::valid_utf8(*constants.env[i])) {
            expressions.diagnostics().error(flow.env_places[i],
                                            fmt::format("environment variable '{}' is not UTF-8", flow.env[i]));
            constants.env[i] = "";
        }
    }
    expressions.refill();
    refuse_unknown(flow, arguments, expressions.diagnostics());
    Setter setter(flow, environment, constants, expressions);
    for (std::size_t i = 0; i < flow.params.size(); ++i) {
        const auto last = std::find_if(arguments.rbegin(), arguments.rend(),
                                       [&](const Argument& a) { return a.name == flow.params[i].name; });
        setter.set(i, last == arguments.rend() ? nullptr : &*last);
    }
    expressions.refill();
}

}  // namespace flowrun::flow
