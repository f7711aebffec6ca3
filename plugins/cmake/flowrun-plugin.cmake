# flowrun_add_plugin(NAME [SHARED_RUNTIME] SOURCE...): a target that builds NAME.so from C or C++ (17 or later) sources.
#
# It exports flowrun_plugin_entry and nothing else. Unless SHARED_RUNTIME is given it carries its own C++ runtime: that
# starts faster, and does not depend on which one the program or another plugin uses.
function(flowrun_add_plugin name)
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/flowrun-plugin.map)
  cmake_parse_arguments(PARSE_ARGV 1 plugin SHARED_RUNTIME "" "")
  add_library(${name} MODULE ${plugin_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX .so C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS ${map})
  target_compile_features(${name} PRIVATE cxx_std_17)
  target_compile_options(${name} PRIVATE -ffunction-sections -fdata-sections $<$<CONFIG:>:-O2>)
  target_link_libraries(${name} PRIVATE flowrun::sdk)
  target_link_options(${name} PRIVATE -Wl,--version-script=${map} -Wl,--no-undefined -Wl,--gc-sections
    -Wl,-z,relro,-z,now)
  if(NOT plugin_SHARED_RUNTIME)
    target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL)
  endif()
endfunction()
