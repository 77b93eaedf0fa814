import { Kbd, Stack, Switch, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Dialog } from "./Dialog";

import { setKeysOn, useKeysOn } from "./keys";

const ROWS = [
  { keys: ["Ctrl", "K"], does: "palette" },
  { keys: ["/"], does: "search" },
  { keys: ["?"], does: "help" },
  { keys: ["j"], does: "next" },
  { keys: ["k"], does: "previous" },
  { keys: ["x"], does: "select" },
  { keys: ["Enter"], does: "open" },
  { keys: ["u"], does: "undo" },
  { keys: ["Esc"], does: "close" },
] as const;

/** Which keys do what, and the switch that turns them off. */
export default function HelpDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const isOn = useKeysOn();
  return (
    <Dialog opened={isOpen} onClose={onClose} title={t("help.title")}>
      <Stack>
        <Table withRowBorders={false}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("help.key")}</Table.Th>
              <Table.Th>{t("help.does")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ROWS.map(({ keys, does }) => (
              <Table.Tr key={does}>
                <Table.Td>
                  {keys.map((key) => (
                    <Kbd key={key} me={4}>
                      {key}
                    </Kbd>
                  ))}
                </Table.Td>
                <Table.Td>{t(`help.${does}`)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Text size="sm" c="dimmed">
          {t("help.board")}
        </Text>
        <Switch
          size="md"
          checked={isOn}
          onChange={(event) => setKeysOn(event.currentTarget.checked)}
          label={t("help.switch")}
        />
      </Stack>
    </Dialog>
  );
}
