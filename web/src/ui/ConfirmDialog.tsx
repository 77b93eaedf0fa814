import { Group, Stack, Title } from "@mantine/core";
import { type ReactNode, useEffect, useId, useRef } from "react";

import classes from "./ConfirmDialog.module.css";

interface Props {
  isOpen: boolean;
  title: string;
  /** Called when it is left without an answer, as with Escape. */
  onClose: () => void;
  /** The answers; the harmless one first, which gets the focus. */
  buttons: ReactNode;
  children: ReactNode;
}

/** Asks before something that cannot be taken back. The browser's own dialog keeps the focus in it. */
export function ConfirmDialog({ isOpen, title, onClose, buttons, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === isOpen) return;
    if (isOpen) element.showModal();
    else element.close();
  }, [isOpen]);

  return (
    <dialog
      ref={dialog}
      className={`surface ${classes.dialog}`}
      aria-labelledby={titleId}
      onClose={onClose}
    >
      <Stack>
        <Title order={2} id={titleId}>
          {title}
        </Title>
        {children}
        <Group justify="flex-end">{buttons}</Group>
      </Stack>
    </dialog>
  );
}
