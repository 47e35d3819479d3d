/* The commands of volley, one file each. argv starts with the command's own name. They return an exit code.
 */
#ifndef VOLLEY_COMMANDS_COMMANDS_H
#define VOLLEY_COMMANDS_COMMANDS_H

int volley_command_run(int argc, char **argv);
int volley_command_check(int argc, char **argv);
int volley_command_plan(int argc, char **argv);
int volley_command_job(int argc, char **argv);
int volley_command_info(int argc, char **argv);
int volley_command_diff(int argc, char **argv);
int volley_command_plot(int argc, char **argv);
int volley_command_export(int argc, char **argv);
int volley_command_describe(int argc, char **argv);
int volley_command_version(int argc, char **argv);

#endif
