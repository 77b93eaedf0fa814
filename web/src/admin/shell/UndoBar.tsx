import { ActionIcon, Button, Group, Text, Transition } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { problemOf } from "../../api";
import { IconCheck, IconX } from "../../ui/icons";
import { secondsLeft } from "../capacity/undo";
import { useNow } from "../lib/useToday";
import { type KeyTable, useKeys } from "./keys";
import { announce, type Done, dismiss, useDone } from "./undo";
import classes from "./undo.module.css";

const SECOND_MS = 1_000;

/** What was just done, at the foot of the page, with the way back while there is one. */
export function UndoBar() {
  const done = useDone();
  return (
    <div role="status" className={classes.place}>
      <Transition mounted={done !== undefined} transition="slide-up" duration={150}>
        {(styles) =>
          done === undefined ? <span /> : <Bar key={done.id} done={done} style={styles} />
        }
      </Transition>
    </div>
  );
}

function Bar({ done, style }: { done: Done; style: React.CSSProperties }) {
  const { t } = useTranslation(["admin", "problems"]);
  const [isBusy, setBusy] = useState(false);
  const left = secondsLeft({ id: String(done.id), untilMs: done.untilMs }, useNow(SECOND_MS / 4));
  const isOver = left === 0 && !isBusy;

  useEffect(() => {
    if (isOver) dismiss(done.id);
  }, [isOver, done.id]);

  const { undo, id } = done;
  const takeBack = useMemo(() => {
    if (undo === undefined) return undefined;
    return () => {
      setBusy(true);
      undo().then(
        () => announce(t("admin:undo.done")),
        (error: unknown) => {
          const { code } = problemOf(error, navigator.onLine);
          announce(t("admin:undo.failed", { problem: t(`problems:${code}.title`) }));
        },
      );
    };
  }, [undo, t]);
  const keys = useMemo<KeyTable>(() => {
    const table: KeyTable = {};
    if (takeBack !== undefined) table.u = takeBack;
    return table;
  }, [takeBack]);
  useKeys(keys);

  return (
    <Group className={classes.bar} style={style} gap="sm" wrap="nowrap">
      <IconCheck size={20} />
      <Text span>{done.text}</Text>
      {takeBack === undefined ? null : (
        <Button variant="white" color="dark" loading={isBusy} onClick={takeBack}>
          {t("admin:undo.button")}
          <span aria-hidden className="tabular">
            &nbsp;({left})
          </span>
        </Button>
      )}
      <ActionIcon
        variant="transparent"
        color="gray.1"
        aria-label={t("admin:action.dismiss")}
        onClick={() => dismiss(id)}
      >
        <IconX size={20} />
      </ActionIcon>
    </Group>
  );
}
