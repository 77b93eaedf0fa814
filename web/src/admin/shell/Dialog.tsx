import { Drawer, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import classes from "./dialog.module.css";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: ReactNode;
  size?: "md" | "lg" | "xl";
  children: ReactNode;
}

/** A question on top of the page. Its heading is no banner of the page, as Mantine's own would be. */
export function Dialog({ opened, onClose, title, size = "md", children }: Props) {
  const { t } = useTranslation("admin");
  return (
    <Modal.Root opened={opened} onClose={onClose} size={size} centered>
      <Modal.Overlay />
      <Modal.Content>
        <div className={classes.head}>
          <Modal.Title>
            <span className={classes.title}>{title}</span>
          </Modal.Title>
          <Modal.CloseButton size={44} aria-label={t("action.close")} />
        </div>
        <Modal.Body p="lg">{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Details beside the page that they belong to. */
export function SidePanel({ opened, onClose, title, size = "xl", children }: Props) {
  const { t } = useTranslation("admin");
  return (
    <Drawer.Root opened={opened} onClose={onClose} size={size} position="right">
      <Drawer.Overlay />
      <Drawer.Content>
        <div className={classes.head}>
          <Drawer.Title>
            <span className={classes.title}>{title}</span>
          </Drawer.Title>
          <Drawer.CloseButton size={44} aria-label={t("action.close")} />
        </div>
        <Drawer.Body p="lg">{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
