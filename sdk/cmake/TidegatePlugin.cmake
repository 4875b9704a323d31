# tidegate_add_plugin(NAME SOURCE...): a plugin NAME.so of C or C++ sources, which a host can load, replace and unload.
#
# It exports its entry and nothing else, links nothing of Tidegate, and has no symbol that would keep it mapped.
function(tidegate_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE tidegate::abi)
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX .so C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
                        VISIBILITY_INLINES_HIDDEN ON)

  set(cpp ${ARGN})
  list(FILTER cpp INCLUDE REGEX "\\.(cpp|cc|cxx|C)$")
  if(cpp)
    target_link_libraries(${name} PRIVATE tidegate::cpp)
    # A unique symbol is one for the whole process: what defines it is never unmapped.
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  endif()

  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  target_link_options(${name} PRIVATE -Wl,--version-script=${map})
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${map})

  # The linker reports an undefined symbol, and not a server that loads the plugin. Sanitizers leave their symbols to the program.
  get_property(options DIRECTORY PROPERTY COMPILE_OPTIONS)
  if(NOT "${options} ${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
endfunction()
