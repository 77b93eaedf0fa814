import { Button, Group, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Problem } from "../../api";

interface Props {
  /** The code that the price is asked with. */
  applied: string;
  problem: Problem | undefined;
  isBusy: boolean;
  onApply: (code: string) => void;
}

/** A promo code: taken off the price, or refused with the reason. */
export function PromoField({ applied, problem, isBusy, onApply }: Props) {
  const { t } = useTranslation(["booking", "problems"]);
  const [code, setCode] = useState(applied);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isBusy) onApply(code.trim());
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-start" gap="sm">
        <TextInput
          label={t("booking:payment.promo")}
          value={code}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          error={problem === undefined ? undefined : t(`problems:${problem.code}.title`)}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          mt={26}
          // Disabled for good it would lose the focus while the price is asked for.
          aria-disabled={isBusy ? true : undefined}
          data-disabled={isBusy ? true : undefined}
        >
          {t("booking:payment.apply")}
        </Button>
        {applied === "" ? null : (
          <Button
            variant="subtle"
            mt={26}
            onClick={() => {
              setCode("");
              onApply("");
            }}
          >
            {t("booking:payment.removePromo")}
          </Button>
        )}
      </Group>
    </form>
  );
}
