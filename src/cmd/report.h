/*
 * report: how commands that end in findings print them, and with which exit code.
 */
#ifndef TOBAN_CMD_REPORT_H
#define TOBAN_CMD_REPORT_H

#include "cmd/cmd.h"
#include "finding/report.h"

/*
 * Sorts the set; prints its problems and notes to ctx->err and the report in the format of the
 * command's --output (CMD_OPTION_REPORT) to ctx->out. *meta needs only what the context does not
 * know: data_date, cluster, from, to, fail_on, fail_never, rules; the rest is filled in here.
 * Returns the exit code: 3 when something could not be checked, 2 when findings fail the run, else
 * 0; -1 with err when the report could not be made.
 */
int cmd_report(struct cmd_ctx *ctx, struct finding_set *set, struct report_meta *meta,
               struct err *err);

#endif
