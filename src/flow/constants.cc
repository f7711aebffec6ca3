#include "flow/constants.hh"

namespace flowrun::flow {

expr::Value ParamValue::seen() const {
    if (!value) return expr::Value::absent();
    if (type == ParamType::duration) {
        if (const auto nanoseconds = value->as_int()) return expr::Value::duration(*nanoseconds);
    }
    if (type == ParamType::secret) {
        if (const auto text = value->as_string()) return expr::Value::secret(*text);
    }
    return expr::Value::from(*value);
}

void Constants::fill(expr::Frame& frame) const {
    for (std::size_t i = 0; i < params.size(); ++i) frame.set(names.param(i), params[i].seen());
    for (std::size_t i = 0; i < env.size(); ++i) {
        frame.set(names.environment(i), env[i] ? expr::Value::string(*env[i]) : expr::Value::absent());
    }
}

}  // namespace flowrun::flow
