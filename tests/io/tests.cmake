volley_test(test_redistribute io RANKS 1 2 3 4)
volley_test(test_run_json io RANKS 1 3)
volley_test(test_spikes io RANKS 1 2 3 4)
volley_test(test_weights io RANKS 1 2 3 4)
# Where Open MPI before 5.0.6 damages files: two aggregators and the vulcan method of collective writes.
foreach(ranks 2 4)
  add_test(NAME io.test_spikes.vulcan.${ranks} COMMAND ${VOLLEY_MPIRUN} -n ${ranks} $<TARGET_FILE:test_spikes>)
  set_tests_properties(io.test_spikes.vulcan.${ranks} PROPERTIES LABELS io TIMEOUT 120 PROCESSORS ${ranks}
    ENVIRONMENT "${VOLLEY_TEST_ENV};OMPI_MCA_io_ompio_num_aggregators=2;OMPI_MCA_fcoll=vulcan")
endforeach()
volley_script(test_h5py io)
volley_script(test_info_diff io)
volley_script(test_state io)
volley_script(test_plot_export io)
foreach(script test_h5py test_info_diff test_plot_export)
  set_property(TEST io.${script} APPEND PROPERTY ENVIRONMENT "VOLLEY_TESTS_DIR=${CMAKE_CURRENT_BINARY_DIR}")
endforeach()
# 77: matplotlib is missing.
set_tests_properties(io.test_plot_export PROPERTIES SKIP_RETURN_CODE 77)
